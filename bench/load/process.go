package load

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/mayi-authz/mayi/bench/load/generator"
)

// A process is a server that was started here and is ended here.
type process struct {
	name string
	cmd  *exec.Cmd
	log  lockedBuffer
	done chan struct{}
}

type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.buf.Len() < 1<<20 {
		b.buf.Write(p)
	}
	return len(p), nil
}

func (b *lockedBuffer) tail() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.buf.String()
	return s[max(len(s)-2000, 0):]
}

// Cores of the pinned runs; with a single core everything shares it.
const (
	anyCore       = ""
	serverCore    = "0"
	generatorCore = "1"
)

// pinned puts a command on a core.
func pinned(core string, argv ...string) []string {
	if core == anyCore || runtime.NumCPU() < 2 {
		return argv
	}
	return append([]string{"taskset", "-c", core}, argv...)
}

func start(name, core string, argv ...string) (*process, error) {
	argv = pinned(core, argv...)
	p := &process{name: name, cmd: exec.Command(argv[0], argv[1:]...), done: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = &p.log, &p.log
	// It ends with us, however we end.
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	go func() { p.cmd.Wait(); close(p.done) }()
	return p, nil
}

func (p *process) pid() int { return p.cmd.Process.Pid }

// stop ends the process: politely, then not.
func (p *process) stop() {
	p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(5 * time.Second):
		p.cmd.Process.Kill()
		<-p.done
	}
}

// ready waits until something holds, and no longer than the process lives.
func (p *process) ready(ctx context.Context, holds func() error) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		err := holds()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s is not ready: %w; it said:\n%s", p.name, err, p.log.tail())
		case <-p.done:
			return fmt.Errorf("%s ended; it said:\n%s", p.name, p.log.tail())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// answers reports whether somebody listens.
func answers(network, address string) func() error {
	return func() error {
		c, err := net.DialTimeout(network, address, time.Second)
		if err == nil {
			c.Close()
		}
		return err
	}
}

// memory reads a line such as VmHWM of /proc's status, in bytes.
func (p *process) memory(line string) (int64, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.pid()))
	if err != nil {
		return 0, err
	}
	for l := range strings.Lines(string(data)) {
		if rest, ok := strings.CutPrefix(l, line+":"); ok {
			kib, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return kib << 10, err
		}
	}
	return 0, fmt.Errorf("no %s of process %d", line, p.pid())
}

// GenerateCommand is the argument with which this program, started again, is the
// generator: it reads a Spec from standard input and writes a Result.
const GenerateCommand = "generate"

// generate runs the generator in a process of its own.
func generate(ctx context.Context, core string, spec *generator.Spec) (*generator.Result, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, spec.Warm+spec.For+time.Minute)
	defer cancel()
	argv := pinned(core, self, GenerateCommand)
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	in, err := json.Marshal(spec)
	if err != nil {
		return nil, err
	}
	var out, said bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(in), &out, &said
	if err := cmd.Run(); err != nil {
		return nil, errors.Join(fmt.Errorf("generator: %w: %s", err, said.String()), ctx.Err())
	}
	result := &generator.Result{}
	return result, json.Unmarshal(out.Bytes(), result)
}

// Generate is that program.
func Generate() error {
	spec := &generator.Spec{}
	if err := json.NewDecoder(os.Stdin).Decode(spec); err != nil {
		return err
	}
	result, err := generator.Run(spec)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(result)
}
