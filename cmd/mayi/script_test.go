package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// exits runs a command and checks its exit code, which "!" alone cannot:
//
//	exits CODE PROGRAM [ARG…]
//
// Its output is where stdout and stderr look for it.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM [ARG...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// signals sends TERM or HUP to every program in the background, which "kill"
// cannot:
//
//	signals TERM|HUP
func signals(ts *testscript.TestScript, neg bool, args []string) {
	known := map[string]os.Signal{"TERM": syscall.SIGTERM, "HUP": syscall.SIGHUP}
	if neg || len(args) != 1 || known[args[0]] == nil {
		ts.Fatalf("usage: signals TERM|HUP")
	}
	for _, cmd := range ts.BackgroundCmds() {
		ts.Check(cmd.Process.Signal(known[args[0]]))
	}
}

// eventually repeats a command until it exits with a code and its output holds a
// text, for as long as a slow machine may take:
//
//	eventually CODE TEXT PROGRAM [ARG…]
func eventually(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: eventually CODE TEXT PROGRAM [ARG...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	program, err := exec.LookPath(args[2])
	if err != nil {
		program = args[2]
	}
	var output []byte
	code := -1
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		cmd := exec.Command(program, args[3:]...)
		cmd.Dir, cmd.Env = ts.Getenv("WORK"), append(os.Environ(), "PATH="+ts.Getenv("PATH"))
		output, err = cmd.CombinedOutput()
		code = 0
		if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
			code = exit.ExitCode()
		} else {
			ts.Check(err)
		}
		if code == want && bytes.Contains(output, []byte(args[1])) {
			return
		}
	}
	ts.Fatalf("%v: exit code %d, want %d and %q in\n%s", args[2:], code, want, args[1], output)
}
