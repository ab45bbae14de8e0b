package main

import (
	"bytes"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
	"github.com/open-policy-agent/opa/v1/topdown/print"
)

const (
	maxEvents     = 5000
	maxTraceLine  = 1000
	maxPrints     = 1000
	maxPrintBytes = 256 << 10
)

type printed struct {
	Line int    `json:"line"`
	Text string `json:"text"`
}

// coverage names the policy's lines by number.
type coverage struct {
	Reached    []int `json:"reached"`
	NotReached []int `json:"notReached"`
}

// An observer collects what one evaluation prints, which lines it reaches, and the steps it takes.
type observer struct {
	trace, cover bool
	events       []*topdown.Event
	reached      map[int]bool
	prints       []printed
	printedBytes int
}

func newObserver(trace, cover bool) *observer {
	return &observer{trace: trace, cover: cover, reached: map[int]bool{}}
}

func (o *observer) Enabled() bool               { return true }
func (o *observer) Config() topdown.TraceConfig { return topdown.TraceConfig{PlugLocalVars: o.trace} }

func (o *observer) TraceEvent(event topdown.Event) {
	if o.trace && len(o.events) < maxEvents {
		o.events = append(o.events, &event)
	}
	if !o.cover || event.Location == nil || event.Location.File != policyFile {
		return
	}
	switch node := event.Node.(type) {
	case *ast.Rule:
		if event.Op == topdown.ExitOp {
			o.reached[node.Head.Location.Row] = true
		}
	case *ast.Expr:
		if event.Op == topdown.EvalOp {
			o.reached[event.Location.Row] = true
		}
	}
}

func (o *observer) Print(at print.Context, text string) error {
	o.printedBytes += len(text)
	if len(o.prints) < maxPrints && o.printedBytes <= maxPrintBytes {
		line := 0
		if at.Location != nil && at.Location.File == policyFile {
			line = at.Location.Row
		}
		o.prints = append(o.prints, printed{Line: line, Text: text})
	}
	return nil
}

func (o *observer) report(r *result, policy *ast.Module) {
	r.Prints = o.prints
	if o.cover {
		r.Coverage = o.lines(policy)
	}
	if !o.trace {
		return
	}
	var text bytes.Buffer
	topdown.PrettyTraceWithLocation(&text, o.events)
	r.Trace = strings.Split(strings.TrimSuffix(text.String(), "\n"), "\n")
	for i, line := range r.Trace {
		if len(line) > maxTraceLine {
			r.Trace[i] = strings.ToValidUTF8(line[:maxTraceLine], "") + "…"
		}
	}
}

func (o *observer) lines(policy *ast.Module) *coverage {
	c := &coverage{Reached: []int{}, NotReached: []int{}}
	seen := map[int]bool{}
	note := func(at *ast.Location) {
		if at == nil || at.File != policyFile || seen[at.Row] {
			return
		}
		seen[at.Row] = true
		if o.reached[at.Row] {
			c.Reached = append(c.Reached, at.Row)
		} else {
			c.NotReached = append(c.NotReached, at.Row)
		}
	}
	ast.WalkRules(policy, func(rule *ast.Rule) bool {
		note(rule.Head.Location)
		return false
	})
	ast.WalkExprs(policy, func(expr *ast.Expr) bool {
		if _, declares := expr.Terms.(*ast.SomeDecl); !declares {
			note(expr.Location)
		}
		return false
	})
	slices.Sort(c.Reached)
	slices.Sort(c.NotReached)
	return c
}
