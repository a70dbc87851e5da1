package command

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/urfave/cli/v2"

	"gsw/manager/journal"
	"gsw/manager/terminal"
)

const sumdbAuditHelp = "audit FILE shows the interaction log that a proxy wrote, and proves that its chain is unbroken. SECOND is the other copy\n" +
	"of the log, compared line by line. What was changed, dropped, reordered or inserted is named by its line, with exit\n" +
	"code 1. That the end was cut off, or all written again from some line on, shows only against SECOND or a HASH that was\n" +
	"noted earlier: the proxy prints one when it stops, audit at its end."

func sumdbAuditFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringSliceFlag{Name: "head", Usage: "audit: the entry with this `HASH` must be in the log; several times"},
		&cli.StringFlag{Name: "module", Usage: "audit: show `MODULE` only and those below it; with @VERSION that one"},
		&cli.StringFlag{Name: "since", Usage: "audit: show what is not older than `WHEN`: a date, an RFC 3339 time, or an age such as 24h or 7d"},
		&cli.StringFlag{Name: "go", Usage: "audit: show what this `GO` asked, such as go1.22; any patch of it counts"},
		toggle("refused", "audit: show what was refused only"),
		toggle("check", "audit: show no entries, only what is wrong"),
		toggle("partial", "audit: older files of the log, whose chain FILE carries on, are elsewhere"),
	}
}

type entryJSON struct {
	File      string `json:"file"`
	Line      int64  `json:"line"`
	Entry     int64  `json:"entry"`
	Time      string `json:"time"`
	Operation string `json:"operation"`
	Module    string `json:"module"`
	Version   string `json:"version"`
	Path      string `json:"path"`
	Go        string `json:"go"`
	Source    string `json:"source"`
	Status    int    `json:"status"`
	Reason    string `json:"reason"`
	Client    string `json:"client"`
}

type flawJSON struct {
	File     string `json:"file"`
	Line     int64  `json:"line"`
	Message  string `json:"message"`
	Evidence string `json:"evidence"`
}

type auditJSON struct {
	Files        []string   `json:"files"`
	Second       string     `json:"second"`
	Unbroken     bool       `json:"unbroken"`
	First        int64      `json:"first"`
	Last         int64      `json:"last"`
	Head         string     `json:"head"`
	Findings     []flawJSON `json:"findings"`
	MoreFindings int64      `json:"more_findings"`
}

// auditPatience is how long an audit waits for a server to finish what it is writing.
const auditPatience = 2 * time.Second

func (s *session) sumdbAudit(c *cli.Context, args []string) error {
	if len(args) < 1 || len(args) > 2 {
		return usagef("sumdb audit takes the file of a log, and the second copy of it if there is one, not %d", len(args))
	}
	shown, err := s.auditFilter(c)
	if err != nil {
		return err
	}
	q := journal.Inquiry{File: s.path(args[0]), Heads: c.StringSlice("head"), Partial: c.Bool("partial"), Patience: auditPatience}
	if len(args) == 2 {
		q.Second = s.path(args[1])
	}
	out := &auditOutput{to: bufio.NewWriterSize(s.host.Stdout, 1<<16), json: s.json}
	if !c.Bool("check") {
		q.Each = func(file string, number int64, e journal.Entry) error {
			if shown(e) {
				return out.entry(file, number, e)
			}
			return nil
		}
	}
	audited, err := journal.Audit(c.Context, q)
	if err != nil {
		return errors.Join(fmt.Errorf("auditing: %w", err), out.to.Flush())
	}
	if err := out.end(q, audited); err != nil {
		return err
	}
	if len(audited.Findings) > 0 {
		s.code = exitFailed
	} else if q.Second == "" && len(q.Heads) == 0 {
		s.note("nothing was said of its end: a second copy, or --head with a hash noted earlier, proves that none was cut off")
	}
	return nil
}

// auditFilter reads the flags that say which entries are shown.
func (s *session) auditFilter(c *cli.Context) (func(journal.Entry) bool, error) {
	for _, h := range c.StringSlice("head") {
		if len(h) != 64 || strings.Trim(h, "0123456789abcdef") != "" {
			return nil, usagef("--head %s: a hash is 64 of 0-9 and a-f", h)
		}
	}
	since, err := s.auditSince(c.String("since"))
	if err != nil {
		return nil, err
	}
	module, version, _ := strings.Cut(c.String("module"), "@")
	asker, refused := c.String("go"), c.Bool("refused")
	return func(e journal.Entry) bool {
		return (asker == "" || e.Go == asker || strings.HasPrefix(e.Go, asker+".")) &&
			(module == "" || e.Module == module || version == "" && strings.HasPrefix(e.Module, module+"/")) &&
			(version == "" || e.Version == version) && (!refused || e.Source == "refused") && !e.Time.Before(since)
	}, nil
}

// auditSince reads a point in time, or how long ago that is.
func (s *session) auditSince(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.RFC3339Nano, time.DateOnly} {
		if at, err := time.Parse(layout, text); err == nil {
			return at, nil
		}
	}
	if age, err := parseAge(text); err == nil {
		return s.host.Now().Add(-age), nil
	}
	return time.Time{}, usagef("--since %s: it takes a date such as 2026-11-23, an RFC 3339 time, or an age such as 24h or 7d", text)
}

// auditOutput writes the answer as it comes: a log may be larger than the memory.
type auditOutput struct {
	to      *bufio.Writer
	json    bool
	entries int
}

// begin is put off until something is known: an error has nothing before it.
func (o *auditOutput) begin() {
	switch {
	case o.entries > 0:
	case o.json:
		fmt.Fprint(o.to, "{\n  \"schema_version\": 1,\n  \"entries\": [")
	default:
		o.row("TIME", "OPERATION", "MODULE", "SOURCE", "STATUS", "GO", "NOTES")
	}
}

// auditWidths are those of most cells: the widest is not known yet.
func auditWidths() [6]int { return [...]int{27, 9, 64, 7, 6, 8} }

func (o *auditOutput) row(cells ...string) {
	for i, width := range auditWidths() {
		o.to.WriteString(cells[i])
		for range width - len(cells[i]) {
			o.to.WriteByte(' ')
		}
		o.to.WriteString("  ")
	}
	o.to.WriteString(orDash(cells[6]))
	o.to.WriteByte('\n')
}

func (o *auditOutput) entry(file string, number int64, e journal.Entry) error {
	o.begin()
	o.entries++
	at := e.Time.UTC().Format("2006-01-02T15:04:05.000000Z")
	if o.json {
		text, err := json.Marshal(entryJSON{file, number, e.Seq, at, e.Operation, e.Module, e.Version, e.Path, e.Go, e.Source, e.Status, e.Reason, e.Client})
		if err != nil {
			return err
		}
		if o.entries > 1 {
			o.to.WriteByte(',')
		}
		o.to.WriteString("\n    ")
		_, err = o.to.Write(text)
		return err
	}
	module, status := e.Path, ""
	if e.Module != "" {
		module = e.Module + "@" + e.Version
	}
	if e.Status != 0 {
		status = strconv.Itoa(e.Status)
	}
	o.row(at, cell(e.Operation), cell(module), cell(e.Source), orDash(status), cell(e.Go), oneLine(e.Reason))
	return nil
}

// cell is what somebody sent, in a table.
func cell(text string) string { return orDash(oneLine(text)) }

// oneLine shows what would end a line or a column.
func oneLine(text string) string {
	if strings.IndexFunc(text, unicode.IsControl) < 0 {
		return text
	}
	return strings.NewReplacer("\n", `\n`, "\t", `\t`).Replace(terminal.Printable(text))
}

// end writes what the audit came to.
func (o *auditOutput) end(q journal.Inquiry, a journal.Audited) error {
	if o.json || q.Each != nil {
		o.begin()
	}
	if o.json {
		return o.endJSON(q, a)
	}
	for _, f := range a.Findings {
		fmt.Fprintf(o.to, "%s:%d\t%s\n", f.File, f.Line, f.What)
		for line := range strings.Lines(f.Evidence) {
			fmt.Fprintf(o.to, "\t%s\n", terminal.Printable(strings.TrimRight(line, "\n")))
		}
	}
	if a.More > 0 {
		fmt.Fprintf(o.to, "and %d findings more\n", a.More)
	}
	verdict := "unbroken"
	if len(a.Findings) > 0 {
		verdict = "BROKEN"
	}
	fmt.Fprintf(o.to, "%s\tentries %d to %d\thead %s\n", verdict, a.First, a.Head.Seq, orDash(a.Head.Hash))
	return o.to.Flush()
}

func (o *auditOutput) endJSON(q journal.Inquiry, a journal.Audited) error {
	answer := auditJSON{Files: a.Files, Second: q.Second, Unbroken: len(a.Findings) == 0, First: a.First, Last: a.Head.Seq,
		Head: a.Head.Hash, Findings: []flawJSON{}, MoreFindings: a.More}
	for _, f := range a.Findings {
		answer.Findings = append(answer.Findings, flawJSON{f.File, f.Line, f.What, f.Evidence})
	}
	text, err := json.MarshalIndent(answer, "", "  ")
	if err != nil {
		return err
	}
	if o.entries > 0 {
		o.to.WriteString("\n  ")
	}
	fmt.Fprintf(o.to, "],%s\n", strings.TrimPrefix(string(text), "{"))
	return o.to.Flush()
}
