package main

import (
	"time"
	_ "unsafe" // for linkname

	"sigs.k8s.io/kustomize/kyaml/filesys"
)

// repoSpec has the fields of the original's own type, which cannot be imported; what is held against ours are these.
type repoSpec struct {
	raw          string
	Host         string
	RepoPath     string
	Dir          filesys.ConfirmedDir
	KustRootPath string
	Ref          string
	Submodules   bool
	Timeout      time.Duration
}

//go:linkname newRepoSpecFromURL sigs.k8s.io/kustomize/api/internal/git.NewRepoSpecFromURL
func newRepoSpecFromURL(text string) (*repoSpec, error)

// repoSpecParts answers what kustomize takes a text for: its parts where that is a repository, else nil.
func repoSpecParts(text string) []string {
	spec, err := newRepoSpecFromURL(text)
	if err != nil {
		return nil
	}
	return []string{spec.Host, spec.RepoPath, spec.KustRootPath, spec.Ref}
}
