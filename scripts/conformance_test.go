package scripts_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gsw/manager/activation"
	"gsw/platform"
)

// The hooks do with builtins what package activation does in Go. Here the same ways through the same environments are
// gone in all three, and every byte is compared.
func TestHooksDoWhatActivationDoes(t *testing.T) {
	const home = "/home/m e/.gsw"
	trips := append(chosenTrips(home), randomTrips(home, 250)...)
	each(t, func(t *testing.T, sh shell) {
		s := find(t, sh)
		// Without its last step the hook only defines functions.
		hook := s.Hook("/nonexistent/gsw", home)
		first := strings.LastIndex(hook, "# Not only at the first prompt")
		if first < 0 {
			t.Fatal("the hook no longer ends as this test believes")
		}
		var script strings.Builder
		script.WriteString(sh.starting + "\n" + hook[:first] + sh.ending + "\n" + sh.printer)
		var want []string
		for i, trip := range trips {
			script.WriteString(sh.begin + "\n" + sh.unset(strings.Join(watched, " ")) + "; " + sh.lose + "\n")
			env := sh.sees(platform.NewEnv(platform.Target{OS: "linux"}, trip.start))
			script.WriteString(sh.export(platform.Env{}, env) + "\n")
			for j, step := range trip.steps {
				var shellCode string
				env, shellCode = step(sh, env)
				env = sh.sees(env)
				script.WriteString(shellCode + "\nshow\n")
				want = append(want, fmt.Sprintf("trip %d from %q, step %d: %s", i, trip.start, j, shellCode)+"\x00"+show(env))
			}
			script.WriteString(sh.end + "\n")
		}
		got := sh.runs(t, []string{"PATH=/usr/bin:/bin"}, script.String())
		shown := strings.Split(strings.TrimSuffix(got.out, "\x00\x00"), "\x00\x00")
		if len(shown) != len(want) {
			t.Fatalf("%d steps give %d answers; stderr: %.2000s", len(want), len(shown), got.err)
		}
		failures := 0
		for i := range want {
			what, wanted, _ := strings.Cut(want[i], "\x00")
			if shown[i] != wanted && failures < 5 {
				failures++
				t.Errorf("%s\n%s: %q\n  Go: %q", what, sh.name, shown[i], wanted)
			}
		}
	})
}

var watched = []string{"PATH", "GOBIN", "GOROOT", "GOPATH", "GOTOOLCHAIN", "GSW_SYSTEM", "HOME", "GOPROXY", "GOSUMDB", activation.Saved}

// enter and leave are steps of the hook, under a profile; export is a user's.
func (sh shell) enter(profile, front, gobin string) string {
	if sh.steps != nil {
		return sh.steps(profile, front, gobin)
	}
	return sh.profile + sh.Quote(profile) + "; __gsw_enter " + sh.Quote(front) + " " + sh.Quote(gobin)
}

func (sh shell) leave(profile string) string {
	if sh.steps != nil {
		return sh.steps(profile, "", "")
	}
	return sh.profile + sh.Quote(profile) + "; __gsw_leave"
}

func (sh shell) export(from, to platform.Env) string {
	text := sh.Export(from.Changes(to))
	if sh.apply != nil && text != "" {
		text = sh.apply(text)
	}
	return text
}

// show and the shells' printers give the same text for an environment.
func show(env platform.Env) string {
	var values []string
	for _, name := range watched {
		if value, set := env.Lookup(name); set {
			values = append(values, name+"="+value)
		} else {
			values = append(values, name)
		}
	}
	return strings.Join(values, "\x00")
}

type trip struct {
	start []string
	steps []step
}

// step changes an environment in Go, and says how a shell does the same.
type step func(s shell, env platform.Env) (platform.Env, string)

func toDefault(home string) step {
	return func(s shell, env platform.Env) (platform.Env, string) {
		env, _ = activation.Apply(env, activation.Wish{Home: home, Default: true})
		gobin := home + "/current/bin"
		return env, s.enter("", home+"/bin:"+gobin, gobin)
	}
}

// under is a step into a folder where a profile holds, which the hook has found in its file.
func under(home string, to activation.Wish, env ...string) step {
	line := profileFields(env)
	for _, setting := range env {
		name, value, _ := strings.Cut(setting, "=")
		to.Profile = append(to.Profile, activation.Setting{Name: name, Value: value})
	}
	return func(s shell, env platform.Env) (platform.Env, string) {
		env, _ = activation.Apply(env, to)
		front := home + "/bin:" + home + "/current/bin"
		gobin := home + "/current/bin"
		switch {
		case to.System:
			return env, s.leave(line)
		case !to.Default:
			front, gobin = to.GOROOT+"/bin:"+to.GOBIN+":"+home+"/bin", to.GOBIN
		}
		return env, s.enter(line, front, gobin)
	}
}

// profileFields is what the hooks' file says of variables.
func profileFields(env []string) string {
	var fields []string
	for _, setting := range env {
		name, value, _ := strings.Cut(setting, "=")
		fields = append(fields, name+"=+"+activation.Encode(value))
	}
	return strings.Join(fields, ":")
}

func toPin(home, tag string) step {
	return func(s shell, env platform.Env) (platform.Env, string) {
		dir := home + "/versions/" + tag
		env, _ = activation.Apply(env, activation.Wish{Home: home, GOROOT: dir + "/go", GOBIN: dir + "/bin"})
		return env, s.enter("", dir+"/go/bin:"+dir+"/bin:"+home+"/bin", dir+"/bin")
	}
}

func toSystem(home string) step {
	return func(s shell, env platform.Env) (platform.Env, string) {
		env, _ = activation.Apply(env, activation.Wish{Home: home, System: true})
		return env, s.leave("")
	}
}

// asked is what a hook gets from gsw: an environment that it could not make itself, and has to find its way back from.
func asked(home string) step {
	return func(s shell, env platform.Env) (platform.Env, string) {
		dir := home + "/versions/go1.22.3"
		to, _ := activation.Apply(env, activation.Wish{
			Home: home, GOROOT: dir + "/go", GOBIN: dir + "/bin", GOPATH: dir + "/gopath", Local: true, ExportGOROOT: home + "/current/go",
		})
		return to, s.export(env, to) + s.lose
	}
}

func set(name, value string) step {
	return func(s shell, env platform.Env) (platform.Env, string) {
		to := env.With(name, value)
		return to, s.export(env, to)
	}
}

func unset(name string) step {
	return func(s shell, env platform.Env) (platform.Env, string) {
		to := env.Without(name)
		return to, s.export(env, to)
	}
}

func prepend(entry string) step {
	return func(s shell, env platform.Env) (platform.Env, string) {
		to := env.WithPath(append([]string{entry}, env.Path()...))
		return to, s.export(env, to)
	}
}

func chosenTrips(home string) []trip {
	known := []string{
		"/usr/local/go/bin", "/usr/lib/go/bin", "/usr/lib/go-1.22/bin", "/usr/lib/golang/bin", "/opt/go/bin", "/snap/go/current/bin",
		"/opt/homebrew/opt/go/libexec/bin", "/opt/homebrew/opt/go@1.22/libexec/bin", "/usr/local/opt/go@1.22/libexec/bin",
		"/home/linuxbrew/.linuxbrew/opt/go/libexec/bin",
	}
	for _, below := range []string{
		"sdk/go1.22.3/bin", "go/pkg/mod/golang.org/toolchain@v0.0.1-go1.22.3.linux-amd64/bin", ".goenv/shims", ".goenv/versions/1.20/bin",
		".gvm/gos/go1.4/bin", ".asdf/installs/golang/1.22/go/bin", ".local/share/mise/installs/go/1.22/bin",
		".local/share/rtx/installs/go/1.22/bin", ".g/go/bin", ".go/bin", ".go/current/bin", ".gobrew/current/bin", ".gobrew/current/go/bin",
		".gimme/versions/go1.5.linux.amd64/bin", ".version-fox/sdks/golang/bin", ".version-fox/cache/golang/v-1/golang-1/bin",
		".vfox/sdks/golang/bin", ".vfox/cache/golang/v-1/golang-1/bin",
		"go/bin", "bin", ".local/bin", "sdk/go1.22.3", "sdk/bin", ".goenv/bin", ".gvm/bin", ".asdf/shims",
	} {
		known = append(known, "/home/m e/"+below)
	}
	roundTrip := []step{toDefault(home), toPin(home, "go1.22.3"), toPin(home, "go1.22.3"), toDefault(home), toSystem(home), toSystem(home)}
	trips := []trip{
		{[]string{"HOME=/home/m e", "PATH=" + strings.Join(known, ":")}, roundTrip},
		{[]string{"HOME=/home/m e/", "PATH=" + strings.Join(known, "/:") + "/"}, roundTrip},
		{[]string{"PATH=" + strings.Join(known, ":")}, roundTrip},
		{[]string{"HOME=/", "PATH=/sdk/go1/bin:/bin"}, roundTrip},
		{[]string{"HOME=/home/m e", "PATH="}, roundTrip},
		{nil, roundTrip},
		{[]string{"HOME=/home/m e", "PATH=:"}, roundTrip},
		{[]string{"HOME=/home/m e", "PATH=::/bin::"}, roundTrip},
		{[]string{"HOME=/home/m e", "PATH=/bin:caf\xe9:/新\n建/bin:/a'b\"c$d`e\\f:*:~:%3A:=x=", "GOBIN=\n"}, roundTrip},
		{[]string{"HOME=/home/m e", "PATH=/bin", "GSW_SYSTEM=/"}, roundTrip},
		{[]string{"HOME=/home/m e", "PATH=/bin:/opt/gsw/versions/go1/go/bin:/opt/gsw", "GSW_SYSTEM=/opt/gsw/", "GOBIN=/opt/gsw/x"}, roundTrip},
		{[]string{"HOME=/home/m e", "PATH=/bin", "GSW_SYSTEM=relative"}, roundTrip},
		{[]string{"HOME=/home/m e", "PATH=/usr/bin:/bin", "GOROOT=/usr"}, roundTrip},
		{[]string{"HOME=/home/m e", "PATH=/usr/bin:/bin", "GOROOT=/"}, roundTrip},
		{[]string{"HOME=/home/m e", "PATH=/usr/bin:/bin", "GOROOT="}, roundTrip},
		{[]string{"HOME=/home/m e", "PATH=/q/bin:/q/bin/:/bin", "GOROOT=/q/"}, roundTrip},
		{[]string{"HOME=/home/m e", "PATH=/bin", "GOROOT=" + home + "/current/go", "GOBIN=" + home + "/current/bin/"}, roundTrip},
		{
			[]string{"HOME=/home/m e", "PATH=/usr/local/go/bin:/bin:/usr/local/go/bin", "GOPATH=/g"},
			[]step{asked(home), toDefault(home), asked(home), toSystem(home)},
		},
	}
	china := []string{"GOPROXY=https://goproxy.cn,direct", "GOSUMDB=sum.golang.google.cn"}
	anchor := activation.Wish{Home: home, Default: true}
	pin := activation.Wish{Home: home, GOROOT: home + "/versions/go1.22.3/go", GOBIN: home + "/versions/go1.22.3/bin"}
	system := activation.Wish{Home: home, System: true}
	for _, start := range [][]string{
		{"PATH=/bin"}, {"PATH=/bin", "GOPROXY="}, {"PATH=/bin", "GOPROXY=off"}, {"PATH=/usr/local/go/bin:/bin", "GOROOT=/x", "GOSUMDB=", "GOPROXY=a=b:c%"},
		{"PATH=/bin", activation.Saved + "=GOPROXY=+x=+off", "GOPROXY=off"},
	} {
		trips = append(trips,
			trip{start, []step{under(home, anchor, china...), under(home, anchor, china...), under(home, pin, china...), toDefault(home), toSystem(home)}},
			trip{start, []step{toDefault(home), under(home, pin, "GOPROXY=off"), under(home, pin, china...), toPin(home, "go1.21.6")}},
			trip{start, []step{under(home, anchor, china...), set("GOPROXY", "direct"), under(home, anchor, china...), unset("GOPROXY"), under(home, pin, china...)}},
			trip{start, []step{under(home, system, china...), under(home, system, china...), under(home, anchor, china...), under(home, system, "GOPROXY=x=y:z%3A"), toSystem(home)}},
			trip{start, []step{under(home, anchor, china...), asked(home), under(home, anchor, china...), set("GOSUMDB", ""), toDefault(home)}},
			trip{start, []step{under(home, anchor, "GOPROXY=off"), unset("GOPROXY"), toDefault(home), under(home, anchor, "GOPROXY=off"), unset(activation.Saved), toDefault(home)}},
		)
	}
	for _, saved := range []string{
		"1=+/usr/local/go/bin", "007=+/usr/local/go/bin:0=+/b", "1234567=+/a", "LD_PRELOAD=+x=+y", "GO=+x=", "GOX=+a=+b:GOx=+a=+b", ":::=::",
		"GOBIN=+/mine=+/b", "GOBIN=+/mine", "GOPATH=+/g=",
	} {
		trips = append(trips, trip{[]string{"HOME=/home/m e", "PATH=/a:/b", "GOBIN=/b", activation.Saved + "=" + saved}, roundTrip})
	}
	return trips
}

// randomTrips is the same every time.
func randomTrips(home string, count int) []trip {
	random := rand.New(rand.NewPCG(1, 2))
	pick := func(from []string) string { return from[random.IntN(len(from))] }
	entries := []string{
		"/bin", "/usr/bin", "", "/usr/local/go/bin", "/home/m e/sdk/go1.18/bin", "/home/m e/.goenv/shims", "/a=b%", "/q/bin", "/新/bin",
		home + "/bin", home + "/shims", home + "/versions/go1.20/go/bin", home, "/opt/gsw/x", "%3A",
	}
	values := []string{"", "/q", "/home/m e/go bin", "/a:b=c%", home + "/current/bin", "/usr/local/go"}
	proxies := []string{"off", "https://a:1/x,direct", "%3A=", "a b"}
	var trips []trip
	for range count {
		var path []string
		for range random.IntN(9) {
			path = append(path, pick(entries))
		}
		start := []string{"PATH=" + strings.Join(path, ":")}
		for _, name := range []string{"HOME=/home/m e", "GSW_SYSTEM=/opt/gsw", "GOBIN=" + pick(values), "GOROOT=" + pick(values), "GOPATH=" + pick(values)} {
			if random.IntN(2) == 0 {
				start = append(start, name)
			}
		}
		var steps []step
		for range 2 + random.IntN(6) {
			steps = append(steps, []step{
				toDefault(home), toPin(home, "go1.22.3"), toPin(home, "go1.21.6"), toSystem(home), asked(home),
				prepend(pick(entries)), set("GOBIN", pick(values)), set("GOROOT", pick(values)), unset("GOBIN"),
				set("PATH", strings.Join(slices.Concat(path, []string{pick(entries)}), ":")),
				under(home, activation.Wish{Home: home, Default: true}, "GOPROXY="+pick(proxies)),
				under(home, activation.Wish{Home: home, System: true}, "GOPROXY="+pick(proxies), "GOSUMDB=off"),
				set("GOPROXY", pick(proxies)), unset("GOSUMDB"),
			}[random.IntN(14)])
		}
		trips = append(trips, trip{start, steps})
	}
	return trips
}
