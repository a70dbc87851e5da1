package command

import (
	"errors"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"gsw/manager"
	"gsw/manager/activation"
	"gsw/manager/config"
	"gsw/manager/profile"
	"gsw/manager/selection"
)

func (s *session) profileCommand() *cli.Command {
	return &cli.Command{
		Name:      "profile",
		Category:  categorySettings,
		Usage:     "named sets of network settings for the go command and gsw",
		ArgsUsage: "[list | show [NAME] | use NAME | set NAME KEY VALUE… | remove NAME | test [NAME]]",
		Description: "use makes a profile hold everywhere, or with --project in this folder and below; `use default` is none.\n" +
			"What is exported in a shell counts more than a profile, and a profile more than go env -w.\n" +
			"set defines or changes a profile, also as KEY=VALUE; KEY is one of " + strings.Join(profile.Keys(), ", ") + ".\n" +
			"remove takes a profile out that holds nowhere; of a built-in one, what was changed.\n" +
			"test asks every server that the profile names.",
		Flags: []cli.Flag{
			toggle("project", "use: in this folder and below", "p"),
			toggle("global", "use: everywhere, which is the default", "g"),
			toggle("unset", "set: take KEY out"),
		},
		Action: func(c *cli.Context) error {
			err := s.profile(c)
			_, advised := errors.AsType[*hinted](err)
			if wrong, ok := errors.AsType[*config.ConfigError](err); ok && wrong.File == "" && !advised {
				return &hinted{err, "gsw profile --help"}
			}
			return err
		},
	}
}

func (s *session) profile(c *cli.Context) error {
	m, err := s.manager()
	if err != nil {
		return err
	}
	verb, args := c.Args().First(), c.Args().Tail()
	if verb != "use" && (c.Bool("project") || c.Bool("global")) {
		return usagef("--project and --global belong to profile use")
	}
	if verb != "set" && c.Bool("unset") {
		return usagef("--unset belongs to profile set")
	}
	name := ""
	if len(args) > 0 {
		name = args[0]
	}
	switch {
	case verb == "set":
		return s.setProfile(c, m, args)
	case len(args) > 1:
		return usagef("profile %s takes one NAME, not %d", verb, len(args))
	case (verb == "" || verb == "list" || verb == "ls") && name == "":
		return s.listProfiles(m)
	case verb == "show":
		return s.showProfile(m, name)
	case verb == "use" && name != "":
		return s.useProfile(c, m, name)
	case verb == "use":
		return usagef("profile use which one?")
	case verb == "remove", verb == "rm":
		if name == "" {
			return usagef("profile remove which one?")
		}
		return s.removeProfile(c, m, name)
	case verb == "test":
		return s.testProfile(c, m, name)
	case verb == "list" || verb == "ls":
		return usagef("profile list takes no argument")
	}
	return usagef("profile does not know %q%s", verb, meant(verb, "", []string{"list", "show", "use", "set", "remove", "test"}))
}

// heed takes from config.toml, and the profile that holds here, what decides where gsw asks. A variable counts more. No
// profile has a say in what gsw believes.
func (s *session) heed(c config.Config) {
	s.goEnv = manager.GoEnv(s.host, c)
	s.mirror = s.host.Env.Get(mirrorVariable)
	if s.mirror != "" {
		return
	}
	s.mirror = c.Profiles.Here(s.host.Dir).Mirror
	if s.mirror == "off" {
		s.mirror, s.closed = "", true
	}
}

type profileJSON struct {
	Name    string            `json:"name"`
	About   string            `json:"about"`
	BuiltIn bool              `json:"built_in"`
	Extends string            `json:"extends"`
	Here    bool              `json:"here"`
	Where   []string          `json:"where"`
	Defined string            `json:"defined"`
	Env     map[string]string `json:"env"`
	Mirror  string            `json:"mirror"`
}

func profileOf(p manager.ProfileInfo) profileJSON {
	answer := profileJSON{
		Name: p.Name, About: p.About, BuiltIn: p.BuiltIn, Extends: p.Extends, Here: p.Here, Where: append([]string{}, p.Where...),
		Defined: p.Place, Env: map[string]string{}, Mirror: profile.WithoutPasswords(p.Mirror),
	}
	for _, setting := range p.Env {
		answer.Env[setting.Name] = profile.WithoutPasswords(setting.Value)
	}
	return answer
}

func (s *session) listProfiles(m manager.Manager) error {
	here, place := m.ProfileHere()
	if s.json {
		answer := struct {
			Here     string        `json:"here"`
			SetBy    string        `json:"set_by"`
			Profiles []profileJSON `json:"profiles"`
		}{here, place, []profileJSON{}}
		for _, p := range m.Profiles() {
			answer.Profiles = append(answer.Profiles, profileOf(p))
		}
		return s.answerJSON(answer)
	}
	table := s.voice.Table("", "PROFILE", "ABOUT", "ON")
	for _, p := range m.Profiles() {
		mark, about := " ", p.About
		if p.Here {
			mark = ">"
		}
		if about == "" || p.Adapted {
			about = "yours, of " + p.Place
		}
		table.Row(mark, p.Name, s.tilde(about), s.tilde(strings.Join(p.Where, ", ")))
		if p.Here {
			table.Mark()
		}
	}
	return table.Print()
}

func (s *session) showProfile(m manager.Manager, name string) error {
	p, err := m.Profile(name)
	if err != nil {
		return err
	}
	overrides, hidden := m.Overrides(p.Profile), m.Hidden(p.Profile, m.GoSettings())
	if s.json {
		return s.answerJSON(shown(p, overrides, hidden))
	}
	s.answer("%s: %s", p.Name, s.tilde(aboutOf(p)))
	for _, where := range p.Where {
		s.answer("on: %s", s.tilde(where))
	}
	for _, setting := range p.Env {
		s.answer("  %s=%s", setting.Name, profile.WithoutPasswords(setting.Value))
	}
	if p.Mirror != "" {
		s.answer("  mirror=%s", profile.WithoutPasswords(p.Mirror))
	}
	for _, e := range p.Effects() {
		s.answer("%s %s", map[bool]string{true: "gives up:", false: "so:"}[e.Gives], e.Text)
	}
	for _, o := range overrides {
		s.answer("overridden now: %s=%s of %s counts more", o.Name, profile.WithoutPasswords(o.Value), o.By)
	}
	for _, o := range hidden {
		s.answer("hides: %s=%s of %s", o.Name, profile.WithoutPasswords(o.Value), s.tilde(o.By))
	}
	for _, w := range p.Warnings() {
		s.warn("%s", w)
	}
	return nil
}

func aboutOf(p manager.ProfileInfo) string {
	switch {
	case p.Adapted:
		return p.About + " (built in, and changed by " + p.Place + ")"
	case p.BuiltIn:
		return p.About + " (built in)"
	case p.Extends != "":
		return "defined by " + p.Place + ", extends " + p.Extends
	}
	return "defined by " + p.Place
}

type overrideJSON struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	By    string `json:"by"`
}

type effectJSON struct {
	GivesUp bool   `json:"gives_up"`
	Text    string `json:"text"`
}

type shownProfile struct {
	profileJSON
	Effects    []effectJSON   `json:"effects"`
	Overridden []overrideJSON `json:"overridden"`
	Hides      []overrideJSON `json:"hides"`
	Warnings   []string       `json:"warnings"`
}

func shown(p manager.ProfileInfo, overrides, hidden []manager.Override) shownProfile {
	answer := shownProfile{profileOf(p), []effectJSON{}, []overrideJSON{}, []overrideJSON{}, append([]string{}, p.Warnings()...)}
	for _, e := range p.Effects() {
		answer.Effects = append(answer.Effects, effectJSON{e.Gives, e.Text})
	}
	for _, o := range overrides {
		answer.Overridden = append(answer.Overridden, overrideJSON{o.Name, profile.WithoutPasswords(o.Value), o.By})
	}
	for _, o := range hidden {
		answer.Hides = append(answer.Hides, overrideJSON{o.Name, profile.WithoutPasswords(o.Value), o.By})
	}
	return answer
}

func (s *session) useProfile(c *cli.Context, m manager.Manager, name string) error {
	project := ""
	if c.Bool("project") {
		if c.Bool("global") {
			return usagef("profile use takes --project or --global")
		}
		project = s.host.Dir
	}
	if err := m.UseProfile(c.Context, name, project); err != nil {
		return err
	}
	m.Config, _ = config.Read(s.host.Home) // as it is now; it was understood when it was written
	s.sayProfile(m, name, project)
	return s.done()
}

// sayProfile tells what comes of profile use, and what keeps it from coming.
func (s *session) sayProfile(m manager.Manager, name, project string) {
	p, err := m.Profile(name)
	if err != nil {
		return
	}
	where := "everywhere"
	if project != "" {
		where = "in " + project + " and below"
	}
	switch here, place := m.ProfileHere(); {
	case name == profile.Default:
		s.note("%s", s.tilde("no profile holds "+where))
	default:
		s.note("%s", s.tilde("the profile "+name+" holds "+where))
		if here != name {
			s.note("%s", s.tilde("here it is "+here+" all the same, by "+place))
		}
	}
	for _, o := range m.Overrides(p.Profile) {
		s.warn("%s=%s of %s counts more: unset %s", o.Name, profile.WithoutPasswords(o.Value), o.By, o.Name)
	}
	for _, w := range p.Warnings() {
		s.warn("%s", w)
	}
	if s.host.Env.Get(activation.Saved) == "" {
		s.note(`this shell has no hook: eval "$(gsw env)" makes it follow`)
	}
}

func (s *session) setProfile(c *cli.Context, m manager.Manager, args []string) error {
	// KEY=VALUE, for values that would be taken for a flag.
	if len(args) == 2 && !c.Bool("unset") {
		if key, value, ok := strings.Cut(args[1], "="); ok {
			args = []string{args[0], key, value}
		}
	}
	switch {
	case c.Bool("unset") && len(args) != 2:
		return usagef("profile set --unset takes a NAME and a KEY")
	case !c.Bool("unset") && len(args) < 3:
		return usagef("profile set takes a NAME, a KEY and a VALUE")
	case !c.Bool("unset") && strings.Join(args[2:], "") == "":
		return usagef("an empty value is none to the go command: gsw profile set %s %s --unset", args[0], args[1])
	}
	if err := m.SetProfile(c.Context, args[0], args[1], strings.Join(args[2:], ",")); err != nil {
		return err
	}
	m.Config, _ = config.Read(s.host.Home)
	if p, err := m.Profile(args[0]); err == nil {
		for _, w := range p.Warnings() {
			s.warn("%s", w)
		}
	}
	return s.done()
}

func (s *session) removeProfile(c *cli.Context, m manager.Manager, name string) error {
	p, _ := m.Profile(name)
	if err := m.RemoveProfile(c.Context, name); err != nil {
		if way := s.wayOut(m, name); way != "" {
			return &hinted{err, way}
		}
		return err
	}
	if p.Adapted {
		s.note("%s is again as it is built in", name)
	}
	return s.done()
}

// wayOut is the command that ends the first of the uses which keep a profile from being removed; "" if there is none.
func (s *session) wayOut(m manager.Manager, name string) string {
	table := m.Config.Profiles
	if table.Global == name {
		return "gsw profile use default"
	}
	for _, dir := range slices.Sorted(maps.Keys(table.Projects)) {
		if table.Projects[dir] != name {
			continue
		}
		if _, err := os.Stat(dir); err != nil { // nobody can go there
			return "vi " + selection.Word(config.File(s.host.Home))
		}
		return "cd " + selection.Word(dir) + " && gsw profile use default --project"
	}
	for _, other := range slices.Sorted(maps.Keys(table.Own)) {
		if table.Own[other][profile.Extends] == name {
			return "gsw profile set " + other + " " + profile.Extends + " --unset"
		}
	}
	return ""
}

// profileWords are the verbs, and behind a verb the profiles, keys and values that it can be about.
func (s *session) profileWords(typed []string) []string {
	m, err := s.manager()
	switch {
	case len(typed) == 0:
		return []string{
			"list\tthe profiles there are", "show\twhat one sets, and what comes of it", "use\tmake one hold",
			"set\tdefine or change one", "remove\ttake one out", "test\task its servers",
		}
	case err != nil:
		return nil
	case len(typed) == 1:
		return profileNames(m, typed[0])
	case typed[0] == "set" && len(typed) == 2:
		return profile.Keys()
	case typed[0] == "set" && typed[2] == profile.Extends && len(typed) == 3:
		return m.Config.Profiles.Names()
	}
	return nil
}

// profileNames are the profiles that a verb can be about.
func profileNames(m manager.Manager, verb string) []string {
	table := m.Config.Profiles
	switch verb {
	case "show", "use", "test":
		return table.Names()
	case "remove", "rm":
		return slices.Sorted(maps.Keys(table.Own))
	case "set":
		return slices.DeleteFunc(table.Names(), profile.Fixed)
	}
	return nil
}
