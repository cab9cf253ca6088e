package main

import (
	"encoding/json"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// build says what this binary is.
type build struct {
	Version  string `json:"version"`
	Revision string `json:"revision,omitempty"` // of the source
	Time     string `json:"time,omitempty"`     // of that revision
	Modified bool   `json:"modified,omitempty"` // there were changes beyond it
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

func buildInfo() build {
	b := build{Version: version, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{}
	}
	if b.Version == "" {
		b.Version = info.Main.Version
	}
	if b.Version == "" {
		b.Version = "unknown"
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Revision = s.Value
		case "vcs.time":
			b.Time = s.Value
		case "vcs.modified":
			b.Modified = s.Value == "true"
		}
	}
	return b
}

func (p *program) versionCommand() *cobra.Command {
	out := output{p: p}
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Say which MayI this is",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			pretty, err := out.pretty()
			if err != nil {
				return err
			}
			b := buildInfo()
			if pretty {
				rows := [][]string{{"mayi", b.Version}, {"go", b.Go}, {"platform", b.Platform}}
				if b.Revision != "" {
					rows = append(rows, []string{"revision", b.Revision})
				}
				err = table(p.out, rows)
			} else {
				var data []byte
				if data, err = json.Marshal(b); err == nil {
					_, err = p.out.Write(append(data, '\n'))
				}
			}
			if err != nil {
				return failed(err)
			}
			return nil
		},
	}
	out.add(cmd.Flags())
	return cmd
}
