package activation

import (
	"slices"
	"testing"

	"gsw/platform"
)

func TestProfile(t *testing.T) {
	china := []Setting{{"GOPROXY", "https://goproxy.cn,direct"}, {"GOSUMDB", "sum.golang.google.cn"}}
	none := Wish{Home: home, Default: true}
	on := Wish{Home: home, Default: true, Profile: china}
	pin := pinned("go1.22.3")
	pin.Profile, pin.Local = []Setting{{"GOTOOLCHAIN", "auto"}}, true
	system := Wish{Home: home, System: true, Profile: china}
	anchored := "PATH=" + home + "/bin:" + home + "/current/bin:/bin"
	gobin := "GOBIN=" + home + "/current/bin"
	const proxied = "https%3A//goproxy.cn,direct"
	for _, test := range []struct {
		name   string
		env    []string
		wishes []Wish
		want   []string
	}{
		{"its variables are exported and noted down", []string{"PATH=/bin"}, []Wish{on}, []string{
			gobin, "GOPROXY=https://goproxy.cn,direct", "GOSUMDB=sum.golang.google.cn", anchored,
			"__GSW_SAVED=GOBIN==+" + home + "/current/bin:GOPROXY==+" + proxied + ":GOSUMDB==+sum.golang.google.cn"}},
		{"twice is once", []string{"PATH=/bin"}, []Wish{on, on}, []string{
			gobin, "GOPROXY=https://goproxy.cn,direct", "GOSUMDB=sum.golang.google.cn", anchored,
			"__GSW_SAVED=GOBIN==+" + home + "/current/bin:GOPROXY==+" + proxied + ":GOSUMDB==+sum.golang.google.cn"}},
		{"leaving takes them back", []string{"PATH=/bin", "GOPROXY="}, []Wish{on, none}, []string{
			gobin, "GOPROXY=", anchored, "__GSW_SAVED=GOBIN==+" + home + "/current/bin"}},
		{"the user's own word counts more", []string{"PATH=/bin", "GOPROXY=off"}, []Wish{on}, []string{
			gobin, "GOPROXY=off", "GOSUMDB=sum.golang.google.cn", anchored,
			"__GSW_SAVED=GOBIN==+" + home + "/current/bin:GOSUMDB==+sum.golang.google.cn"}},
		{"and stays when it is left", []string{"PATH=/bin", "GOPROXY=off"}, []Wish{on, none}, []string{
			gobin, "GOPROXY=off", anchored, "__GSW_SAVED=GOBIN==+" + home + "/current/bin"}},
		{"a strict pin outranks it", []string{"PATH=/bin"}, []Wish{pin}, []string{
			"GOBIN=" + pin.GOBIN, "GOTOOLCHAIN=local", "PATH=" + pin.GOROOT + "/bin:" + pin.GOBIN + ":" + home + "/bin:/bin",
			"__GSW_SAVED=GOBIN==+" + pin.GOBIN + ":GOTOOLCHAIN==+local"}},
		{"a system's Go has it, too", []string{"PATH=/bin"}, []Wish{on, system, system}, []string{
			"GOPROXY=https://goproxy.cn,direct", "GOSUMDB=sum.golang.google.cn", "PATH=/bin:" + home + "/bin",
			"__GSW_SAVED=GOPROXY==+" + proxied + ":GOSUMDB==+sum.golang.google.cn"}},
		{"and gives it back", []string{"PATH=/bin"}, []Wish{system, {Home: home, System: true}}, []string{"PATH=/bin:" + home + "/bin"}},
	} {
		env := platform.NewEnv(linux, test.env)
		for _, w := range test.wishes {
			env, _ = Apply(env, w)
		}
		if got := env.Environ(); !slices.Equal(sorted(got), test.want) {
			t.Errorf("%s:\n%q\nwant\n%q", test.name, sorted(got), test.want)
		}
		if got, want := Restore(env, home).Get("GOPROXY"), platform.NewEnv(linux, test.env).Get("GOPROXY"); got != want {
			t.Errorf("%s: restored, GOPROXY is %q, want %q", test.name, got, want)
		}
	}
}

func sorted(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return list
}

func TestChangedAndUndone(t *testing.T) {
	env := platform.NewEnv(linux, []string{"PATH=/bin", "GOBIN=/mine", "GOSUMDB="})
	env, _ = Apply(env, Wish{Home: home, Default: true, Profile: []Setting{{"GOPROXY", "off"}, {"GOSUMDB", "off"}}})
	path := env.Get("PATH")
	env = env.With("GOPROXY", "direct") // the user's word since
	want := []Made{{"GOBIN", home + "/current/bin", "/mine", true}, {"GOSUMDB", "off", "", true}}
	if got := Changed(env); !slices.Equal(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
	back := Undone(env, home)
	if got := sorted(back.Environ()); !slices.Equal(got, []string{"GOBIN=/mine", "GOPROXY=direct", "GOSUMDB=", "PATH=" + path}) {
		t.Errorf("%q", got)
	}
}
