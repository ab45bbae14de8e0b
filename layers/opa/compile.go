package main

import (
	"errors"
	"fmt"
	"runtime/debug"
	"sort"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/format"
)

// Locations in other files than the policy's are not shown to its author.
const (
	policyFile  = "policy.rego"
	testsFile   = "policy_test.rego"
	preludeFile = "prelude.rego"
)

// A module is a policy ready to evaluate, or the reasons why it is not; ready is closed when that is known.
type module struct {
	ready    chan struct{}
	compiler *ast.Compiler
	query    ast.Body
	policy   *ast.Module
	errors   []fault
}

func (s *server) module(handle string) *module {
	m := &module{ready: make(chan struct{})}
	s.modules.Store(handle, m)
	return m
}

// loaded finds modules by handle; nil stands for one that is not there.
func (s *server) loaded(handles []string) []*module {
	found := make([]*module, len(handles))
	for i, handle := range handles {
		if m, ok := s.modules.Load(handle); ok {
			found[i] = m.(*module)
		}
	}
	return found
}

// await returns when the module is compiled or will not be.
func (s *server) await(m *module) {
	select {
	case <-m.ready:
	default:
		s.turn.pass()
		<-m.ready
	}
}

func (s *server) compile(m *module, r request) {
	defer close(m.ready)
	defer func() {
		if p := recover(); p != nil {
			m.errors = []fault{{Kind: "internal", Message: fmt.Sprintf("the compiler failed: %v", p)}}
			s.answer(answer{ID: r.ID, Module: r.Module, Errors: m.errors})
			debug.PrintStack()
		}
	}()
	var warnings []fault
	var tests []string
	warnings, tests, m.errors = m.build(r)
	s.answer(answer{ID: r.ID, Module: r.Module, Errors: m.errors, Warnings: warnings, Tests: tests})
}

func (m *module) build(r request) (warnings []fault, tests []string, failed []fault) {
	if failed = checkSource(r.Source); failed != nil {
		return nil, nil, failed
	}
	policy, err := parse(policyFile, r.Source, r.Version)
	if err != nil {
		return nil, nil, faultsOf(err)
	}
	if failed = checkPolicy(policy, r.Contract, r.Exec); failed != nil {
		return nil, nil, failed
	}
	warnings = replaceRetired(policy)
	modules := map[string]*ast.Module{policyFile: policy}
	for i, text := range r.Prelude {
		name := fmt.Sprint(preludeFile, i)
		if modules[name], err = parse(name, text, "v1"); err != nil {
			return nil, nil, faultsOf(err)
		}
	}
	if r.Tests != nil {
		if modules[testsFile], err = parse(testsFile, r.Tests.Source, r.Tests.Version); err != nil {
			return nil, nil, faultsOf(err)
		}
		tests = testsIn(modules[testsFile])
	}
	compiler := ast.NewCompiler().WithCapabilities(capabilities(r.Exec)).WithEnablePrintStatements(true)
	if compiler.Compile(modules); compiler.Failed() {
		return warnings, nil, faultsOf(compiler.Errors)
	}
	query, err := ast.ParseBodyWithOpts("result = "+r.Query, ast.ParserOptions{RegoVersion: ast.RegoV1, Capabilities: v1Capabilities, SkipRules: true})
	if err == nil {
		query, err = compiler.QueryCompiler().Compile(query)
	}
	if err != nil {
		return warnings, nil, faultsOf(err)
	}
	m.compiler, m.query, m.policy = compiler, query, policy
	return warnings, tests, nil
}

func parse(file, text, version string) (*ast.Module, error) {
	options := ast.ParserOptions{RegoVersion: ast.RegoV1, Capabilities: v1Capabilities}
	if version == "v0" {
		options = ast.ParserOptions{RegoVersion: ast.RegoV0, Capabilities: v0Capabilities}
	}
	return ast.ParseModuleWithOpts(file, text, options)
}

func testsIn(m *ast.Module) []string {
	names := map[string]bool{}
	for _, rule := range m.Rules {
		if name := ruleName(rule); strings.HasPrefix(name, "test_") {
			names[m.Package.Path.String()+"."+name] = true
		}
	}
	tests := make([]string, 0, len(names))
	for name := range names {
		tests = append(tests, name)
	}
	sort.Strings(tests)
	return tests
}

var kinds = map[string]string{
	ast.ParseErr: "parse", ast.TypeErr: "type", ast.UnsafeVarErr: "unsafe", ast.CompileErr: "compile", ast.RecursionErr: "compile",
}

func faultsOf(err error) []fault {
	var list ast.Errors
	var one *ast.Error
	switch {
	case errors.As(err, &list):
	case errors.As(err, &one):
		list = ast.Errors{one}
	default:
		return []fault{{Kind: "parse", Message: err.Error()}}
	}
	faults := make([]fault, 0, len(list))
	for _, e := range list {
		kind := kinds[e.Code]
		if kind == "" {
			kind = "compile"
		}
		message := e.Message
		if e.Details != nil {
			message += "\n" + strings.Join(e.Details.Lines(), "\n")
		}
		if e.Location != nil && e.Location.File == testsFile {
			message = fmt.Sprintf("%s:%d: %s", testsFile, e.Location.Row, message)
		}
		faults = append(faults, faultAt(kind, message, e.Location))
	}
	return faults
}

// format answers the source as the formatter of its language version writes it.
func (s *server) format(r request) {
	options := format.Opts{RegoVersion: ast.RegoV1}
	if r.Version == "v0" {
		options.RegoVersion = ast.RegoV0
	}
	if failed := checkSource(r.Source); failed != nil {
		s.answer(answer{ID: r.ID, Errors: failed})
		return
	}
	text, err := format.SourceWithOpts(policyFile, []byte(r.Source), options)
	if err != nil {
		s.answer(answer{ID: r.ID, Errors: faultsOf(err)})
		return
	}
	s.answer(answer{ID: r.ID, Formatted: string(text)})
}
