// Builds many folders with kustomize's own library in one process.
//
// Each line of standard input names a folder and, after a tab, the kustomization inside it; each line of standard output
// is the answer as JSON: {"yaml": TEXT} or {"error": TEXT}. The options are those of kustomize build without flags.
// After another tab, the file of an App: what is built is the kustomization that Flux would make of the path for it.
// With the argument -repo-specs each line is a JSON text that may name a repository, and each answer its parts or null.
//
// The library panics on some inputs, where the program would end with a trace; that is an error here, too.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/kustomize/kyaml/openapi"
)

type answer struct {
	YAML  *string `json:"yaml,omitempty"`
	Error *string `json:"error,omitempty"`
}

func build(folder string) (text []byte, err error) {
	defer func() {
		if reason := recover(); reason != nil {
			err = fmt.Errorf("panic: %v", reason)
		}
	}()
	options := krusty.MakeDefaultOptions()
	options.Reorder = krusty.ReorderOptionUnspecified
	result, err := krusty.MakeKustomizer(options).Run(filesys.MakeFsOnDisk(), folder)
	if err != nil {
		return nil, err
	}
	return result.AsYaml()
}

func buildFor(folder, app string, overlaid bool) ([]byte, error) {
	if overlaid {
		if err := overlay(folder, app); err != nil {
			return nil, err
		}
	}
	return build(folder)
}

// usesSchema: what a build reads of schemas stays in the process; the next one has to begin without it.
func usesSchema(folder string) bool {
	found := false
	_ = filepath.Walk(folder, func(name string, info os.FileInfo, err error) error {
		if err == nil && !info.IsDir() {
			text, _ := os.ReadFile(name)
			found = found || strings.Contains(string(text), "openapi:")
		}
		return nil
	})
	return found
}

func main() {
	log.SetOutput(os.Stderr)
	input := bufio.NewScanner(os.Stdin)
	output := json.NewEncoder(os.Stdout)
	output.SetEscapeHTML(false)
	specs := len(os.Args) > 1 && os.Args[1] == "-repo-specs"
	for specs && input.Scan() {
		var text string
		if err := json.Unmarshal(input.Bytes(), &text); err != nil {
			log.Fatal(err)
		}
		if err := output.Encode(repoSpecParts(text)); err != nil {
			log.Fatal(err)
		}
	}
	for input.Scan() {
		folder, inside, _ := strings.Cut(input.Text(), "\t")
		inside, app, overlaid := strings.Cut(inside, "\t")
		reset := usesSchema(folder)
		if reset {
			openapi.ResetOpenAPI()
		}
		var reply answer
		whole := filepath.Join(folder, inside)
		if text, err := buildFor(whole, app, overlaid); err != nil {
			message := err.Error()
			reply.Error = &message
		} else {
			yaml := string(text)
			reply.YAML = &yaml
		}
		if reset {
			openapi.ResetOpenAPI()
		}
		if err := output.Encode(reply); err != nil {
			log.Fatal(err)
		}
	}
}
