//go:build ignore

// Protogen generates the Go code of every .proto file of the repository beside
// it, without a protoc binary: the compiler and both plugins are Go modules,
// pinned in .ci/tools.mod.
//
//	go run -modfile=.ci/tools.mod .ci/protogen.go           write the files
//	go run -modfile=.ci/tools.mod .ci/protogen.go --check   exit 1 if they differ
//
// Run it from the root of the repository.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/bufbuild/protocompile"
	"github.com/bufbuild/protocompile/linker"
	"github.com/bufbuild/protocompile/protoutil"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/pluginpb"
)

// plugins are the tools of .ci/tools.mod that turn descriptors into Go.
var plugins = []string{"protoc-gen-go", "protoc-gen-go-grpc"}

func main() {
	check := flag.Bool("check", false, "write nothing; exit 1 if a generated file is not current")
	flag.Parse()
	stale, err := run(*check)
	if err != nil {
		fmt.Fprintln(os.Stderr, "protogen:", err)
		os.Exit(1)
	}
	for _, name := range stale {
		fmt.Fprintf(os.Stderr, "protogen: %s is not current: run make generate\n", name)
	}
	if len(stale) > 0 {
		os.Exit(1)
	}
}

// run generates everything and returns the files that check found out of date.
func run(check bool) (stale []string, err error) {
	protos, err := findProtos()
	if err != nil {
		return nil, err
	}
	want, err := generate(protos)
	if err != nil {
		return nil, err
	}
	for name, content := range want {
		have, err := os.ReadFile(name)
		switch {
		case err == nil && bytes.Equal(have, content):
		case err != nil && !errors.Is(err, fs.ErrNotExist):
			return nil, err
		case check:
			stale = append(stale, name)
		default:
			if err := os.WriteFile(name, content, 0o644); err != nil {
				return nil, err
			}
			fmt.Println("wrote", name)
		}
	}
	orphans, err := findOrphans(want)
	return append(stale, orphans...), err
}

// findProtos lists the .proto files of the repository, leaving out hidden folders.
func findProtos() ([]string, error) { return find(".proto") }

// findOrphans lists generated files that no .proto file makes any more.
func findOrphans(want map[string][]byte) ([]string, error) {
	var orphans []string
	names, err := find(".pb.go")
	for _, name := range names {
		if want[name] == nil {
			orphans = append(orphans, name)
		}
	}
	return orphans, err
}

func find(suffix string) ([]string, error) {
	var found []string
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && path != "." && strings.HasPrefix(entry.Name(), ".") {
			return fs.SkipDir
		}
		if !entry.IsDir() && strings.HasSuffix(path, suffix) {
			found = append(found, filepath.ToSlash(path))
		}
		return nil
	})
	return found, err
}

// generate returns the content of every generated file by its name.
func generate(protos []string) (map[string][]byte, error) {
	compiler := protocompile.Compiler{
		Resolver:       protocompile.WithStandardImports(&protocompile.SourceResolver{}),
		SourceInfoMode: protocompile.SourceInfoStandard,
	}
	files, err := compiler.Compile(context.Background(), protos...)
	if err != nil {
		return nil, err
	}
	request, err := proto.Marshal(&pluginpb.CodeGeneratorRequest{
		FileToGenerate: protos,
		Parameter:      proto.String("paths=source_relative"),
		ProtoFile:      descriptors(files),
	})
	if err != nil {
		return nil, err
	}
	out := make(map[string][]byte)
	for _, plugin := range plugins {
		if err := runPlugin(plugin, request, out); err != nil {
			return nil, fmt.Errorf("%s: %w", plugin, err)
		}
	}
	return out, nil
}

// descriptors lists files and what they import, each after its imports.
func descriptors(files linker.Files) []*descriptorpb.FileDescriptorProto {
	var list []*descriptorpb.FileDescriptorProto
	seen := make(map[string]bool)
	var add func(f protoreflect.FileDescriptor)
	add = func(f protoreflect.FileDescriptor) {
		if seen[f.Path()] {
			return
		}
		seen[f.Path()] = true
		for i := range f.Imports().Len() {
			add(f.Imports().Get(i).FileDescriptor)
		}
		list = append(list, protoutil.ProtoFromFileDescriptor(f))
	}
	for _, f := range files {
		add(f)
	}
	return list
}

// runPlugin speaks protoc's plugin protocol over standard input and output.
func runPlugin(name string, request []byte, out map[string][]byte) error {
	cmd := exec.Command("go", "tool", "-modfile=.ci/tools.mod", name)
	cmd.Stdin = bytes.NewReader(request)
	cmd.Stderr = os.Stderr
	answer, err := cmd.Output()
	if err != nil {
		return err
	}
	var response pluginpb.CodeGeneratorResponse
	if err := proto.Unmarshal(answer, &response); err != nil {
		return err
	}
	if response.Error != nil {
		return errors.New(response.GetError())
	}
	for _, f := range response.File {
		out[f.GetName()] = []byte(f.GetContent())
	}
	return nil
}
