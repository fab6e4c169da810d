// The oracle answers what the Go libraries that kubectl, Helm and Flux are built on make of an input, so that tests
// can hold Plumb's own readers and writers against them.
//
// It reads requests from standard input and writes one answer for each to standard output, both as
// "<word> <length>\n<length bytes>\n": the word of a request is an operation, that of an answer "ok" or "error".
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/Masterminds/semver/v3"
	goyaml "go.yaml.in/yaml/v2"
	kjson "sigs.k8s.io/json"
	"sigs.k8s.io/yaml"
)

var operations = map[string]func([]byte) ([]byte, error){
	"yaml-read":      readYAML,
	"yaml-write":     yaml.JSONToYAML,
	"json":           rewriteJSON,
	"semver-match":   match,
	"semver-compare": compare,
}

// readYAML is kubectl's reader, which stops after the first document; the rest of the stream has to be readable too.
func readYAML(text []byte) ([]byte, error) {
	out, err := yaml.YAMLToJSON(text)
	if err != nil {
		return nil, err
	}
	decoder := goyaml.NewDecoder(bytes.NewReader(text))
	for {
		var value any
		if err := decoder.Decode(&value); err == io.EOF {
			return out, nil
		} else if err != nil {
			return nil, fmt.Errorf("after the first document: %w", err)
		}
	}
}

// rewriteJSON decodes as the API machinery does and encodes without HTML escapes.
func rewriteJSON(text []byte) ([]byte, error) {
	var value any
	if err := kjson.UnmarshalCaseSensitivePreserveInts(text, &value); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}

// match takes a constraint and a version, a line each.
func match(text []byte) ([]byte, error) {
	first, second, _ := strings.Cut(string(text), "\n")
	constraint, err := semver.NewConstraint(first)
	if err != nil {
		return nil, err
	}
	version, err := semver.NewVersion(second)
	if err != nil {
		return nil, err
	}
	return strconv.AppendBool(nil, constraint.Check(version)), nil
}

// compare takes two versions, a line each; the answer is -1, 0 or 1.
func compare(text []byte) ([]byte, error) {
	first, second, _ := strings.Cut(string(text), "\n")
	a, err := semver.NewVersion(first)
	if err != nil {
		return nil, err
	}
	b, err := semver.NewVersion(second)
	if err != nil {
		return nil, err
	}
	return strconv.AppendInt(nil, int64(a.Compare(b)), 10), nil
}

// answer turns a panic of a library into an error: a crash is a refusal too.
func answer(operation string, text []byte) (out []byte, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	run, known := operations[operation]
	if !known {
		return nil, fmt.Errorf("unknown operation %q", operation)
	}
	return run(text)
}

func serve(in *bufio.Reader, out *bufio.Writer) error {
	for {
		var operation string
		var length int
		if _, err := fmt.Fscanf(in, "%s %d\n", &operation, &length); err != nil {
			if err == io.EOF {
				return out.Flush()
			}
			return err
		}
		text := make([]byte, length+1)
		if _, err := io.ReadFull(in, text); err != nil {
			return err
		}
		result, err := answer(operation, text[:length])
		word := "ok"
		if err != nil {
			word, result = "error", []byte(err.Error())
		}
		fmt.Fprintf(out, "%s %d\n%s\n", word, len(result), result)
	}
}

func main() {
	if err := serve(bufio.NewReader(os.Stdin), bufio.NewWriter(os.Stdout)); err != nil {
		fmt.Fprintln(os.Stderr, "oracle:", err)
		os.Exit(1)
	}
}
