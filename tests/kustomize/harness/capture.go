//go:build capture

// Package krusty: this file is put into a copy of the original's package of that name, whose Run was renamed to run, so
// that each build of its own tests leaves what it read and what came of it as a folder (tests/kustomize/capture).
package krusty

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"

	"sigs.k8s.io/kustomize/api/resmap"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/kustomize/kyaml/openapi"
)

var (
	captureLock sync.Mutex
	captured    = map[string]int{}
	remote      = regexp.MustCompile(`(?m)(^\s*-|path:).*(https?://|git@|ssh://|file://|git::|github\.com[:/]|@v1)`)
)

// Run is what the tests call: the build they ask for, and before it one with the options that kustomize build has when
// no flag is given.
func (b *Kustomizer) Run(fSys filesys.FileSystem, path string) (resmap.ResMap, error) {
	if out := os.Getenv("PLUMB_CAPTURE"); out != "" {
		capture(filepath.Join(out, caseName()), fSys, path)
	}
	return b.run(fSys, path)
}

func caseName() string {
	var counters [64]uintptr
	frames := runtime.CallersFrames(counters[:runtime.Callers(2, counters[:])])
	name := "unknown"
	for {
		frame, more := frames.Next()
		function := frame.Function[strings.LastIndex(frame.Function, "/")+1:]
		if _, test, found := strings.Cut(function, ".Test"); found && strings.HasSuffix(frame.File, "_test.go") {
			name, _, _ = strings.Cut(test, ".")
		}
		if !more {
			break
		}
	}
	captureLock.Lock()
	defer captureLock.Unlock()
	captured[name]++
	return fmt.Sprintf("%s-%d", name, captured[name])
}

type options struct {
	Path string `json:"path"`           // of the kustomization, below in/
	Skip string `json:"skip,omitempty"` // why the case is not used
}

func capture(folder string, fSys filesys.FileSystem, path string) {
	opts := options{Path: strings.TrimPrefix(filepath.Clean(path), "/")}
	root := "/"
	if strings.HasPrefix(filepath.Clean(path), os.TempDir()) {
		first, _, _ := strings.Cut(strings.TrimPrefix(filepath.Clean(path), os.TempDir()+"/"), "/")
		root = filepath.Join(os.TempDir(), first)
		opts.Path = strings.TrimPrefix(strings.TrimPrefix(filepath.Clean(path), root), "/")
	} else if fSys.Exists("/bin/sh") {
		opts.Skip = "reads the disk outside of its own folder"
	} else if remote.MatchString("- " + path) {
		opts.Skip = "needs network"
	}
	if opts.Path == "" {
		opts.Path = "."
	}
	check(os.MkdirAll(filepath.Join(folder, "in"), 0o755))
	if opts.Skip == "" {
		opts.Skip = save(folder, fSys, root)
		if opts.Skip == "" {
			build(folder, fSys, path)
			opts.Skip = climbs(folder, opts.Path)
		}
	}
	text, err := json.Marshal(opts)
	check(err)
	check(os.WriteFile(filepath.Join(folder, "options.json"), append(text, '\n'), 0o644))
}

// save copies the tree; it returns why the build cannot be compared, if so.
func save(folder string, fSys filesys.FileSystem, root string) (skip string) {
	err := fSys.Walk(root, func(name string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() {
			return err
		}
		text, err := fSys.ReadFile(name)
		if err != nil {
			return err
		}
		skip = firstOf(skip, obstacle(name, root, string(text)))
		target := filepath.Join(folder, "in", strings.TrimPrefix(name, root))
		check(os.MkdirAll(filepath.Dir(target), 0o755))
		return os.WriteFile(target, text, 0o644)
	})
	if err != nil {
		return "its tree cannot be copied: " + err.Error()
	}
	return skip
}

// obstacle says what in a file makes the result depend on more than the tree.
func obstacle(name, root, text string) string {
	switch {
	case strings.Contains(text, "helmChart") || strings.Contains(text, "HelmChartInflation"):
		return "needs helm"
	case strings.HasPrefix(filepath.Base(name), "kustomization") && remote.MatchString(text):
		return "needs network"
	case root != "/" && strings.Contains(text, root):
		return "names a folder of the disk"
	}
	return ""
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// climbs: in memory the parent of / is /, which holds for no folder of the disk.
func climbs(folder, path string) string {
	text, _ := os.ReadFile(filepath.Join(folder, "in", path, "kustomization.yaml"))
	_, err := os.Stat(filepath.Join(folder, "want.yaml"))
	if path == "." && err == nil && strings.Contains(string(text), "- ../") {
		return "climbs above the root"
	}
	return ""
}

func build(folder string, fSys filesys.FileSystem, path string) {
	openapi.ResetOpenAPI()
	opts := MakeDefaultOptions()
	opts.Reorder = ReorderOptionUnspecified
	result, err := MakeKustomizer(opts).run(fSys, path)
	var text []byte
	if err == nil {
		text, err = result.AsYaml()
	}
	openapi.ResetOpenAPI()
	if err != nil {
		check(os.WriteFile(filepath.Join(folder, "want.error"), []byte(err.Error()+"\n"), 0o644))
		return
	}
	check(os.WriteFile(filepath.Join(folder, "want.yaml"), text, 0o644))
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
