package command

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"

	"gsw/manager"
	"gsw/manager/terminal"
	"gsw/platform"
)

// progress tells on stderr what a verb is doing: a bar with bytes, rate and
// time left on a terminal, one line per phase elsewhere.
type progress struct{ s *session }

func (p progress) Phase(text string) {
	if !p.bars() {
		p.s.note("%s", p.s.tilde(text))
	}
}

// What a bar takes: the numbers beside the name of what is fetched, and the least that is left for both. A bar that is
// broken into two lines is drawn below itself, again and again.
const (
	barNumbers = 48
	barColumns = barNumbers + 12
)

// bars tells whether somebody watches who would enjoy one.
func (p progress) bars() bool {
	return !p.s.voice.Quiet && !p.s.json && platform.Terminal(p.s.host.Stderr) &&
		p.s.host.Env.Get("TERM") != "dumb" && p.columns() >= barColumns
}

// columns is the width of the terminal, that of most where it is not known.
func (p progress) columns() int { return cmp.Or(platform.Columns(p.s.host.Stderr), 80) }

func (p progress) Note(text string) { p.s.note("%s", p.s.tilde(text)) }
func (p progress) Warn(text string) { p.s.warn("%s", p.s.tilde(text)) }

func (p progress) Transfer(what string, total int64) manager.Transfer {
	p.s.fetched = true
	if !p.bars() {
		if total > 0 {
			p.Phase(fmt.Sprintf("%s (%s)", what, terminal.Megabytes(total)))
		} else {
			p.Phase(what)
		}
		return silent{}
	}
	if most := p.columns() - barNumbers; len(what) > most {
		what = strings.ToValidUTF8(what[:most-1], "") + "…"
	}
	return &bar{progressbar.NewOptions64(total,
		progressbar.OptionSetWriter(p.s.host.Stderr),
		progressbar.OptionSetDescription(what),
		progressbar.OptionShowBytes(true),
		progressbar.OptionShowCount(),
		progressbar.OptionSetPredictTime(true),
		progressbar.OptionFullWidth(),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionClearOnFinish(),
		progressbar.OptionUseANSICodes(true),
		progressbar.OptionEnableColorCodes(false),
	), p.s.host.Stderr}
}

type bar struct {
	*progressbar.ProgressBar
	w io.Writer
}

// At moves the bar. A bar that cannot be drawn is no reason to stop.
func (b *bar) At(done int64) { _ = b.Set64(done) }

// End clears the line, also where the transfer stopped half way.
func (b *bar) End() { _ = b.Clear() }

type silent struct{}

func (silent) At(int64) {}
func (silent) End()     {}
