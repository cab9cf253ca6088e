package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/pflag"
)

// output writes a verb's result as JSON for programs, or pretty for people.
type output struct {
	p      *program
	format string
}

func (o *output) add(flags *pflag.FlagSet) {
	flags.StringVar(&o.format, "format", "", "json or pretty; pretty is the default on a terminal")
}

// pretty reports which of the two is wanted.
func (o *output) pretty() (bool, error) {
	switch o.format {
	case "":
		return isTerminal(o.p.out), nil
	case "json":
		return false, nil
	case "pretty":
		return true, nil
	}
	return false, usage(fmt.Errorf("--format %s: expected json or pretty", o.format))
}

// isTerminal reports whether somebody may be reading along.
func isTerminal(w any) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// The colours of pretty output.
const (
	red   = "31"
	green = "32"
)

// colour wraps text for a terminal; not where NO_COLOR is set (no-color.org).
func (p *program) colour(code, text string) string {
	if p.getenv("NO_COLOR") != "" || p.getenv("TERM") == "dumb" || !isTerminal(p.out) {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// table writes rows in columns that are as wide as their widest cell. Control
// characters do not reach the terminal.
func table(w io.Writer, rows [][]string) error {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			row[i] = printable(cell)
			widths[i] = max(widths[i], len([]rune(row[i])))
		}
	}
	var b strings.Builder
	for _, row := range rows {
		for i, cell := range row {
			gap := ""
			if i < len(row)-1 {
				gap = strings.Repeat(" ", widths[i]-len([]rune(cell))+2)
			}
			b.WriteString(cell)
			b.WriteString(gap)
		}
		b.WriteByte('\n')
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// printable replaces what a terminal could take for a command.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || 0x7f <= r && r < 0xa0 {
			return '\uFFFD'
		}
		return r
	}, s)
}
