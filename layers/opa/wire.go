package main

import (
	"encoding/json"
	"io"
	"sync"
	"sync/atomic"

	"github.com/open-policy-agent/opa/v1/ast"
)

// A request is one line; an evaluation's inputs follow it as raw bytes of the sizes it names, -1 for none.
type request struct {
	ID       int64           `json:"id"`
	Op       string          `json:"op"`
	Module   string          `json:"module"`   // handle, chosen by the client
	Source   string          `json:"source"`   // the policy
	Version  string          `json:"version"`  // v0 or v1, of the policy
	Prelude  []string        `json:"prelude"`  // modules in v1 compiled with it
	Query    string          `json:"query"`    // what an evaluation answers
	Contract *contract       `json:"contract"` // what the policy must keep to, if anything
	Exec     bool            `json:"exec"`     // the policy may run commands through the client
	Tests    *testSource     `json:"tests"`    // a module of tests beside the policy
	Modules  []string        `json:"modules"`
	Sizes    []int           `json:"sizes"`
	File     string          `json:"inputFile"`
	Deadline int64           `json:"deadlineMs"`
	Trace    bool            `json:"trace"`
	Coverage bool            `json:"coverage"`
	Value    json.RawMessage `json:"value"`
}

type testSource struct {
	Source  string `json:"source"`
	Version string `json:"version"`
}

type contract struct {
	Package string            `json:"package"`
	Imports []string          `json:"imports"`
	Rules   map[string]string `json:"rules"` // boolean, string, set or map
}

// An answer names the request; an evaluation has one per module.
type answer struct {
	ID        int64     `json:"id"`
	Module    string    `json:"module,omitempty"`
	Errors    []fault   `json:"errors,omitempty"`
	Warnings  []fault   `json:"warnings,omitempty"`
	Tests     []string  `json:"tests,omitempty"`
	Index     int       `json:"index"`
	Results   []result  `json:"results,omitempty"`
	Formatted string    `json:"formatted,omitempty"`
	Versions  *versions `json:"versions,omitempty"`
	Call      string    `json:"call,omitempty"`
	Args      any       `json:"args,omitempty"`
}

type versions struct {
	OPA string `json:"opa"`
	Go  string `json:"go"`
}

type fault struct {
	Kind    string `json:"kind"`
	Message string `json:"message"`
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`
}

// A result holds the value as JSON text, or an error; with neither, the value is undefined.
type result struct {
	Value    *string   `json:"value,omitempty"`
	Error    *fault    `json:"error,omitempty"`
	Prints   []printed `json:"prints,omitempty"`
	Coverage *coverage `json:"coverage,omitempty"`
	Trace    []string  `json:"trace,omitempty"`
}

func faultAt(kind, message string, at *ast.Location) fault {
	f := fault{Kind: kind, Message: message}
	if at != nil && at.File == policyFile {
		f.Line, f.Column = at.Row, at.Col
	}
	return f
}

type server struct {
	out     io.Writer
	lock    sync.Mutex
	modules sync.Map // handle → *module
	calls   calls
	turn    turn
	large   atomic.Int32
}

func newServer(out io.Writer) *server {
	return &server{out: out}
}

func (s *server) answer(a answer) {
	line, err := json.Marshal(a)
	if err != nil {
		line, _ = json.Marshal(answer{ID: a.ID, Errors: []fault{{Kind: "internal", Message: err.Error()}}})
	}
	s.lock.Lock()
	defer s.lock.Unlock()
	// Nobody is left to tell when the owner is gone.
	_, _ = s.out.Write(append(line, '\n'))
}
