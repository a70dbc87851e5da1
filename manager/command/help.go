package command

// The groups of `gsw --help`, in the order urfave/cli prints them: alphabetical.
const (
	categoryInstall  = "Install"
	categoryLook     = "Look"
	categorySettings = "Settings"
	categorySwitch   = "Switch"
	categoryTrust    = "Trust"
)

// appHelp is `gsw --help`: urfave/cli's own, less its empty headings.
const appHelp = `gsw: {{.Usage}}

{{.UsageText}}
{{range .VisibleCategories}}{{if .Name}}
{{.Name}}
{{end}}{{range .VisibleCommands}}  {{index .Names 0 | printf "%-14s"}} {{.Usage}}
{{end}}{{end}}
Flags, anywhere on the line
{{range .VisibleFlags}}  {{.}}
{{end}}
SPEC is 1.22.3, 1.22 (newest patch), ~1.22.3, ^1.21, ">=1.21 <1.23", latest, oldstable, rc, system, or an alias.
gsw COMMAND --help tells more.
`

// commandHelp is `gsw COMMAND --help`.
const commandHelp = `{{.HelpName}}: {{.Usage}}

{{.HelpName}}{{if .VisibleFlags}} [FLAGS]{{end}}{{if .ArgsUsage}} {{.ArgsUsage}}{{end}}
{{if .Description}}
{{.Description}}
{{end}}{{if .VisibleFlags}}
Flags
{{range .VisibleFlags}}  {{.}}
{{end}}{{end}}{{if .Aliases}}
Also: {{range $i, $a := .Aliases}}{{if $i}}, {{end}}gsw {{$a}}{{end}}
{{end}}`
