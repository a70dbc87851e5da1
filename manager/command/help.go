package command

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/urfave/cli/v2"

	"gsw/manager/answer"
	"gsw/manager/config"
)

// The groups of `gsw --help`.
const (
	categoryInstall  = "Install"
	categoryLook     = "Look"
	categorySettings = "Settings"
	categorySwitch   = "Switch"
	categoryTeams    = "Teams"
	categoryTools    = "Tools"
	categoryTrust    = "Trust"
)

// categories are the groups in the order they are printed: the alphabet's.
func categories() []string {
	return []string{categoryInstall, categoryLook, categorySettings, categorySwitch, categoryTeams, categoryTools, categoryTrust}
}

// appHelpEnd closes `gsw --help`.
const appHelpEnd = `
SPEC is 1.22.3, 1.22 (newest patch), ~1.22.3, ^1.21, ">=1.21 <1.23", latest, oldstable, rc, system, or an alias.
gsw COMMAND --help tells more, and so does gsw help with one of: specs, variables, sources, trust, exit-codes.
`

// showHelp prints `gsw --help` or, of a command, `gsw COMMAND --help`.
func (s *session) showHelp(app *cli.App, command *cli.Command) error {
	text := commandHelp
	if command == nil {
		text = func(*cli.Command) string { return appHelp(app) }
	}
	_, err := fmt.Fprint(s.voice.Stdout, text(command))
	return err
}

func appHelp(app *cli.App) string {
	var b strings.Builder
	fmt.Fprintf(&b, "gsw: %s\n\n%s\n", app.Usage, app.UsageText)
	for _, category := range categories() {
		fmt.Fprintf(&b, "\n%s\n", category)
		for _, c := range app.Commands {
			if c.Category == category && !c.Hidden {
				fmt.Fprintf(&b, "  %-14s %s\n", c.Name, c.Usage)
			}
		}
	}
	b.WriteString("\nFlags, anywhere on the line\n" + flagTable(app.Flags) + appHelpEnd)
	return b.String()
}

func commandHelp(c *cli.Command) string {
	var b strings.Builder
	ours, theirs, _ := strings.Cut(c.ArgsUsage, "--")
	fmt.Fprintf(&b, "gsw %s: %s\n\ngsw %s [FLAGS]", c.Name, c.Usage, strings.TrimSpace(c.Name+" "+ours))
	if theirs != "" {
		b.WriteString(" --" + theirs)
	}
	b.WriteString("\n")
	if c.Description != "" {
		fmt.Fprintf(&b, "\n%s\n", c.Description)
	}
	b.WriteString("\nFlags\n" + flagTable(append(slices.Clone(c.Flags), cli.HelpFlag)))
	for i, alias := range c.Aliases {
		b.WriteString([]string{", ", "\nAlso: "}[max(0, 1-i)] + "gsw " + alias)
	}
	if len(c.Aliases) > 0 {
		b.WriteString("\n")
	}
	return b.String()
}

// flagTable is a line a flag, what they do one below the other.
func flagTable(flags []cli.Flag) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 1, 8, 2, ' ', 0)
	for _, f := range flags {
		fmt.Fprintf(w, "  %s\n", f)
	}
	w.Flush()
	return b.String()
}

func (s *session) helpCommand() *cli.Command {
	return &cli.Command{
		Name:        "help",
		Category:    categorySettings,
		Usage:       "tell about a command or a topic",
		ArgsUsage:   "[COMMAND|TOPIC]",
		Description: "TOPIC is one of: " + strings.Join(topicNames(), ", ") + ".",
		Action:      s.help,
	}
}

func (s *session) help(c *cli.Context) error {
	name := c.Args().First()
	switch {
	case c.Args().Len() > 1:
		return usagef("help is about one thing, not %d", c.Args().Len())
	case name == "":
		return s.showHelp(c.App, nil)
	case c.App.Command(name) != nil:
		return s.showHelp(c.App, c.App.Command(name))
	}
	i := slices.IndexFunc(topics(), func(t topic) bool { return t.name == name })
	if i < 0 {
		return usagef("there is no help about %q%s", name, meant(name, "", topicNames()))
	}
	_, err := fmt.Fprint(s.voice.Stdout, topics()[i].text())
	return err
}

// topic is help that belongs to no single command.
type topic struct {
	name string
	text func() string
}

func topics() []topic {
	return []topic{
		{"specs", func() string { return specsTopic }},
		{"variables", variablesTopic},
		{"sources", func() string { return sourcesTopic }},
		{"trust", func() string { return trustTopic }},
		{"exit-codes", exitCodesTopic},
	}
}

func topicNames() []string {
	var names []string
	for _, t := range topics() {
		names = append(names, t.name)
	}
	return names
}

const specsTopic = `A SPEC says which Go is meant:

  1.22.3 go1.22.3 v1.22.3     that release
  1.20.0 =1.20 go1.20         the release go1.20, by the name it was published under
  1.22 1.22.x                 the newest patch of that line
  1.x                         the newest release
  ~1.22.3 ^1.21 ">=1.21 <1.23"  the newest in that range
  latest stable               the newest release
  oldstable                   the newest of the line before
  1.23rc1 1.18beta1           that pre-release
  rc                          the newest pre-release
  system                      a Go that gsw did not install
  NAME                        what "gsw alias NAME SPEC" made it

Which Go a directory gets; the first that answers counts:

  1. SPEC on the command line
  2. GSW_VERSION, which "gsw use --shell" sets
  3. the nearest folder upwards with a pin: .go-version, .tool-versions (golang or go),
     the toolchain line of go.work, then of go.mod
  4. the default, which "gsw use" sets
  5. a Go of the system

A go line is a minimum: where 3 to 5 give an older Go, the newest installed one that satisfies it is taken.
"gsw why" shows all of this for the directory you are in.
`

const sourcesTopic = `Where toolchains come from, in this order, until one answers:

  dl      the release index and archives of go.dev/dl, or of the places in GSW_MIRROR
  module  the module golang.org/toolchain, through GOPROXY

What to do where neither is reached:

  GSW_MIRROR=https://golang.google.cn/dl gsw install 1.22.3   another place that serves go.dev/dl
  GOPROXY=https://proxy.example gsw install 1.22.3            a module proxy; also file:///DIR
  HTTPS_PROXY=http://proxy.example:3128 gsw install 1.22.3    a way out of this network
  gsw install --from go1.22.3.linux-amd64.tar.gz              an archive you have

Whatever the place, what it gives has to be proved: gsw help trust.
`

const trustTopic = `Before a toolchain becomes visible somebody has to vouch for it:

  log        the checksum database sum.golang.org has a record of exactly these files
  lock       gsw.lock of the project names exactly these files
  index      the release index of go.dev, fetched from there, names exactly this archive
  signature  Google signed exactly this archive

"gsw config trust" shows whose word suffices; "gsw config trust log lock index" changes it.
No proof may contradict another, whatever the setting says.

If an install is refused because what came differs from what is on record, somebody on the way changed it, or the
source is wrong. Nothing was installed. Take it from elsewhere (gsw help sources); keep the output if it happens again.
--via module fetches the form of a release whose every file the log records.
If it is refused because nobody was able to say anything, reach the checksum database, or accept another party.
--trust none installs what nobody vouches for; list shows it as unverified for ever.
`

func variablesTopic() string {
	var b strings.Builder
	b.WriteString("The environment variables that gsw reads:\n\n")
	for _, v := range variables() {
		if v.Does != "" {
			fmt.Fprintf(&b, "  %-16s %s\n", v.Name, v.Does)
		}
	}
	b.WriteString("\nLasting settings: gsw config --help.\n")
	return b.String()
}

func exitCodesTopic() string {
	var b strings.Builder
	b.WriteString("The exit codes of gsw; exec and shims end with the program's own:\n\n")
	for _, e := range answer.Codes() {
		fmt.Fprintf(&b, "  %-4d %-13s %s\n", e.Code, e.Kind, e.Means)
	}
	return b.String()
}

// settingsHelp describes the keys of config.toml.
func settingsHelp() string {
	var b strings.Builder
	b.WriteString("They live in config.toml of the home folder, which is yours to edit.\n\nSettings\n")
	for _, k := range config.Keys() {
		words := slices.DeleteFunc(slices.Clone(k.Values), func(v string) bool { return v == "" })
		fmt.Fprintf(&b, "  %-14s %s", k.Name, k.Help)
		if len(words) > 0 {
			fmt.Fprintf(&b, " (%s", strings.Join(words, ", "))
			if k.Default != "" {
				fmt.Fprintf(&b, "; default %s", k.Default)
			}
			b.WriteString(")")
		}
		b.WriteString("\n")
	}
	return strings.TrimRight(b.String(), "\n")
}
