package command

import (
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"gsw/platform"
)

// Manual is the manual page gsw(1), in the macros man: what --help and the topics of `gsw help` say, in one text.
// The program does not link it; scripts/generate does.
func Manual(host platform.Host) string {
	app := (&session{host: host}).app()
	var b strings.Builder
	fmt.Fprintf(&b, ".TH GSW 1\n.SH NAME\ngsw \\- %s\n.SH SYNOPSIS\n", roff(app.Usage))
	literally(&b, app.UsageText)
	b.WriteString(".SH COMMANDS\n")
	for _, category := range categories() {
		fmt.Fprintf(&b, ".SS %s\n", category)
		for _, c := range app.Commands {
			if c.Category == category && !c.Hidden {
				about(&b, c)
			}
		}
	}
	b.WriteString(".SH FLAGS\nOf every command, anywhere on the line.\n")
	flagsOf(&b, app.Flags)
	for _, t := range topics() {
		fmt.Fprintf(&b, ".SH %s\n", strings.ToUpper(strings.ReplaceAll(t.name, "-", " ")))
		literally(&b, t.text())
	}
	return b.String()
}

// about is one command.
func about(b *strings.Builder, c *cli.Command) {
	fmt.Fprintf(b, ".TP\n.B gsw %s\n%s\n", roff(strings.TrimSpace(c.Name+" "+c.ArgsUsage)), roff(c.Usage))
	if len(c.Aliases) > 0 {
		fmt.Fprintf(b, "(also: %s)\n", roff(strings.Join(c.Aliases, ", ")))
	}
	b.WriteString(".RS\n")
	if c.Description != "" {
		literally(b, c.Description)
	}
	flagsOf(b, slices.Clone(c.Flags))
	b.WriteString(".RE\n")
}

func flagsOf(b *strings.Builder, flags []cli.Flag) {
	for _, f := range flags {
		name, does, _ := strings.Cut(f.String(), "\t")
		fmt.Fprintf(b, ".TP\n.B %s\n%s\n", roff(name), roff(does))
	}
}

// literally keeps the lines of a text as they are.
func literally(b *strings.Builder, text string) {
	fmt.Fprintf(b, ".PP\n.nf\n%s\n.fi\n", roff(strings.TrimRight(text, "\n")))
}

// roff escapes what the formatter would take for its own: backslashes, dashes, and a dot or an apostrophe that begins a line.
func roff(text string) string {
	lines := strings.Split(strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(text), "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
			lines[i] = `\&` + line
		}
	}
	return strings.Join(lines, "\n")
}
