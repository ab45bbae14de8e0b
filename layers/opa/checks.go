package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

const (
	maxSource  = 256 << 10
	maxNesting = 250
)

// checkSource refuses what would keep the parser busy: its time grows fast with nesting.
func checkSource(source string) []fault {
	if len(source) > maxSource {
		return []fault{{Kind: "refused", Message: fmt.Sprintf("a policy may be %d KiB long; this one has %d", maxSource>>10, len(source)>>10)}}
	}
	depth, row, start := 0, 1, 0
	for i := 0; i < len(source); i++ {
		switch source[i] {
		case '\n':
			row, start = row+1, i+1
		case '#':
			for i+1 < len(source) && source[i+1] != '\n' {
				i++
			}
		case '"':
			for i++; i < len(source) && source[i] != '"' && source[i] != '\n'; i++ {
				if source[i] == '\\' {
					i++
				}
			}
			if i < len(source) && source[i] == '\n' {
				i-- // An unfinished string is for the parser to report.
			}
		case '`':
			for i++; i < len(source) && source[i] != '`'; i++ {
				if source[i] == '\n' {
					row, start = row+1, i+1
				}
			}
		case '(', '[', '{':
			if depth++; depth > maxNesting {
				return []fault{{Kind: "refused", Message: fmt.Sprintf("brackets are nested deeper than %d", maxNesting), Line: row, Column: i - start + 1}}
			}
		case ')', ']', '}':
			depth--
		}
	}
	return nil
}

// checkPolicy finds what OPA lets through: other packages and imports, predefined rules of another kind, built-ins refused by name.
func checkPolicy(policy *ast.Module, c *contract, exec bool) []fault {
	var faults []fault
	refuse := func(kind string, at *ast.Location, message string, args ...any) {
		faults = append(faults, faultAt(kind, fmt.Sprintf(message, args...), at))
	}
	own := map[string]bool{}
	for _, rule := range policy.Rules {
		own[ruleName(rule)] = true
	}
	functions(policy, func(t *ast.Term, at *ast.Location) {
		name := t.String()
		if isRefused(name, exec) && !own[refHead(t.Value.(ast.Ref))] {
			refuse("disabled", at, "the built-in function %s is not available in policies: a decision depends on its input alone", name)
		}
	})
	if c == nil {
		return faults
	}
	if path := policy.Package.Path.String(); path != "data."+c.Package {
		refuse("refused", policy.Package.Location, "the package must be %s, not %s", c.Package, strings.TrimPrefix(path, "data."))
	}
	for _, i := range policy.Imports {
		path := i.Path.String()
		within := func(prefix string) bool {
			rest, found := strings.CutPrefix(path, prefix)
			return found && (rest == "" || rest[0] == '.' || rest[0] == '[')
		}
		if !slices.ContainsFunc(c.Imports, within) {
			refuse("refused", i.Location, "%s cannot be imported; a policy may import %s", path, strings.Join(c.Imports, ", "))
		}
	}
	for _, rule := range policy.Rules {
		name := ruleName(rule)
		kind, predefined := c.Rules[name]
		switch {
		case !predefined:
		case rule.Default:
			refuse("refused", rule.Loc(), "the rule %s has its default already", name)
		case !fits(rule.Head, kind):
			refuse("refused", rule.Loc(), "the rule %s must be %s", name, wanted[kind])
		}
	}
	return faults
}

var wanted = map[string]string{
	"boolean": "a plain rule that is true or false",
	"string":  "a plain rule with a string for its value",
	"set":     "a set: `contains` in v1, a key in brackets in v0",
	"map":     "an object of sets",
}

func fits(head *ast.Head, kind string) bool {
	keys, multi := len(head.Ref()), head.RuleKind() == ast.MultiValue
	switch {
	case len(head.Args) > 0:
		return false
	case kind == "set":
		return multi && keys == 1
	case kind == "map":
		return multi && keys == 2 || !multi && keys <= 3
	default:
		return !multi && keys == 1
	}
}

func refHead(ref ast.Ref) string {
	if v, ok := ref[0].Value.(ast.Var); ok {
		return string(v)
	}
	return ""
}

func ruleName(rule *ast.Rule) string { return refHead(rule.Head.Ref()) }

// functions visits every name in the place of a function: operators, and either side of `with`.
func functions(m *ast.Module, visit func(*ast.Term, *ast.Location)) {
	name := func(t *ast.Term, at *ast.Location) {
		if ref, ok := t.Value.(ast.Ref); ok && len(ref) > 0 {
			visit(t, at)
		}
	}
	ast.NewGenericVisitor(func(node any) bool {
		switch n := node.(type) {
		case *ast.Expr:
			if n.IsCall() {
				name(n.Terms.([]*ast.Term)[0], n.Location)
			}
			for _, w := range n.With {
				name(w.Target, w.Location)
				name(w.Value, w.Location)
			}
		case *ast.Term:
			if call, ok := n.Value.(ast.Call); ok {
				name(call[0], n.Location)
			}
		}
		return false
	}).Walk(m)
}

// replaceRetired lets v1 policies go on with re_match, which they use widely; the other retired built-ins stay with v0.
func replaceRetired(policy *ast.Module) (warnings []fault) {
	if policy.RegoVersion() == ast.RegoV0 {
		return nil
	}
	for _, rule := range policy.Rules {
		if ruleName(rule) == "re_match" {
			return nil
		}
	}
	functions(policy, func(t *ast.Term, at *ast.Location) {
		if t.String() == "re_match" {
			t.Value = ast.Ref{ast.VarTerm("regex"), ast.StringTerm("match")}
			warnings = append(warnings, faultAt("compile", "re_match is retired: write regex.match", at))
		}
	})
	return warnings
}
