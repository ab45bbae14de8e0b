package main

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
)

func build(source, version string, c *contract) (warnings, errors []fault) {
	m := &module{}
	warnings, _, errors = m.build(request{Source: source, Version: version, Query: "data.spacelift", Contract: c})
	return warnings, errors
}

func TestPredefinedRulesKeepTheirKind(t *testing.T) {
	c := &contract{Package: "spacelift", Imports: []string{"input"}, Rules: map[string]string{"flag": "boolean", "name": "string", "list": "set", "byKey": "map"}}
	accepted := map[string][]string{
		"v0": {"flag { true }", "flag = false", "name = \"x\"", "list[\"x\"] { true }", "byKey[\"a\"][\"b\"] { true }", "byKey[\"a\"] = {\"b\"} { true }", "byKey = {}"},
		"v1": {"flag if true", "flag := 1", "name := \"x\" if true else := \"y\"", "list contains 1", "byKey[\"a\"] contains 1", "byKey[\"a\"] := {1}", "byKey := {}"},
	}
	refused := map[string][]string{
		"v0": {"flag[\"x\"] { true }", "default flag = true", "list { true }", "list = {1}", "list[\"x\"] = 1 { true }", "list[\"a\"][\"b\"] { true }", "byKey[\"a\"] { true }", "name(x) = x { true }"},
		"v1": {"flag contains 1", "flag.a := 1", "default name := \"\"", "list := {1}", "list[\"x\"] if true", "byKey contains 1", "byKey.a.b contains 1", "flag(x) := x"},
	}
	for version, bodies := range accepted {
		for _, body := range bodies {
			if _, errors := build("package spacelift\n"+body, version, c); len(errors) > 0 {
				t.Errorf("%s %q was refused: %v", version, body, errors)
			}
		}
	}
	for version, bodies := range refused {
		for _, body := range bodies {
			if _, errors := build("package spacelift\n"+body, version, c); len(errors) != 1 || errors[0].Kind != "refused" || errors[0].Line != 2 {
				t.Errorf("%s %q: %v", version, body, errors)
			}
		}
	}
}

func TestNestingIsCountedOutsideStringsAndComments(t *testing.T) {
	deep := strings.Repeat("[", maxNesting+1)
	for _, source := range []string{`"` + deep + `"`, "`" + deep + "\n`", "# " + deep, `"\"` + deep + `"`} {
		if faults := checkSource(source); faults != nil {
			t.Errorf("%.20q: %v", source, faults)
		}
	}
	for _, source := range []string{deep, "\"\n" + deep, "`a\n`" + deep, "# x\n" + deep} {
		if faults := checkSource(source); len(faults) != 1 || faults[0].Line == 0 || faults[0].Column == 0 {
			t.Errorf("%.20q: %v", source, faults)
		}
	}
}

func TestNothingThatIsRefusedIsKnownToTheCompiler(t *testing.T) {
	for _, c := range []*ast.Capabilities{v0Capabilities, v1Capabilities, onWorkers} {
		for _, b := range c.Builtins {
			if isRefused(b.Name, true) {
				t.Errorf("%s is there", b.Name)
			}
		}
	}
	for _, name := range refusedNames {
		if ast.BuiltinMap[name] == nil {
			t.Errorf("OPA has no %s any more", name)
		}
	}
}

func TestEveryOtherFunctionThatReachesOutIsRefused(t *testing.T) {
	for _, b := range v1Capabilities.Builtins {
		if b.Nondeterministic {
			t.Errorf("%s does not depend on its input alone", b.Name)
		}
	}
}

func TestPrintsLikeOPAButForIntegers(t *testing.T) {
	print := func(layout, args string) string {
		var text string
		operands := []*ast.Term{ast.StringTerm(layout), ast.MustParseTerm(args)}
		if err := sprintf(topdown.BuiltinContext{}, operands, func(t *ast.Term) error {
			text = string(t.Value.(ast.String))
			return nil
		}); err != nil {
			return err.Error()
		}
		return text
	}
	for _, row := range [][3]string{
		{"%d|%5d|%-5d|%05d|%+d|%x", "[1, 2, 3, 4, 5, 255]", "1|    2|3    |00004|+5|ff"},
		{"%f|%.0f|%e|%8.2f", "[1, 101, 12345, 3]", "1.000000|101|1.234500e+04|    3.00"},
		{"%s|%5s|%q|%v", `[1, 2, "x", 3]`, `1|    2|"x"|3`},
		{"%s|%.1f|%v|%d", "[1.5, 1.25, 1000000.5, 18446744073709551617]", "1.5|1.2|1.0000005e+06|18446744073709551617"},
		{"%s|%s|%v|%v", `[["a", 1], {"k": "v"}, true, null]`, `["a", 1]|{"k": "v"}|true|null`},
		{"%[2]s %[1]s|%%", `["a", "b"]`, "b a|%"},
		{"%*d", "[4, 7]", "   7"},
		{"%s %s|%d", `["a"]`, "a %!s(MISSING)|%!d(MISSING)"},
	} {
		if got := print(row[0], row[1]); !strings.HasPrefix(got, row[2]) {
			t.Errorf("%s of %s: got %s, want %s", row[0], row[1], got, row[2])
		}
	}
}

const planPolicy = `package spacelift
deny contains sprintf("%s may not be of type %s", [r.address, r.type]) if {
	some r in input.terraform.resource_changes
	"update" in r.change.actions
	r.change.after.cpu > 62
}`

// The same for a policy and an input of the caller's, apart for reading and evaluating.
func BenchmarkOPAWithFiles(b *testing.B) {
	policy, err := os.ReadFile(os.Getenv("BENCH_POLICY"))
	if err != nil {
		b.Skip("no BENCH_POLICY")
	}
	text, err := os.ReadFile(os.Getenv("BENCH_INPUT"))
	if err != nil {
		b.Fatal(err)
	}
	m := &module{}
	if _, _, errors := m.build(request{Source: string(policy), Version: "v1", Query: "data.spacelift"}); len(errors) > 0 {
		b.Fatal(errors)
	}
	var parsing, evaluating time.Duration
	for b.Loop() {
		from := time.Now()
		value, err := byOPA(string(text))
		if err != nil {
			b.Fatal(err)
		}
		parsed := time.Now()
		m.ready = make(chan struct{})
		close(m.ready)
		e := &evaluation{clock: startClock(1 << 40), inputs: []*ast.Term{ast.NewTerm(value)}, faults: []*fault{nil}}
		if got := e.one(m, 0); got.Error != nil {
			b.Fatal(got)
		}
		e.clock.stop()
		parsing += parsed.Sub(from)
		evaluating += time.Since(parsed)
	}
	b.ReportMetric(float64(parsing.Microseconds())/1000/float64(b.N), "parse-ms/op")
	b.ReportMetric(float64(evaluating.Microseconds())/1000/float64(b.N), "eval-ms/op")
}

// What OPA alone needs for the same work, to compare the client with.
func BenchmarkOPAParsesAndEvaluates(b *testing.B) {
	m := &module{}
	if _, _, errors := m.build(request{Source: planPolicy, Version: "v1", Query: "data.spacelift"}); len(errors) > 0 {
		b.Fatal(errors)
	}
	for _, size := range []int{1 << 10, 84 << 10, 5 << 20} {
		text := planOf(size)
		evaluate := func(b *testing.B, input *ast.Term) {
			m.ready = make(chan struct{})
			close(m.ready)
			e := &evaluation{clock: startClock(1 << 40), inputs: []*ast.Term{input}, faults: []*fault{nil}}
			if got := e.one(m, 0); got.Error != nil {
				b.Fatal(got)
			}
			e.clock.stop()
		}
		b.Run(fmt.Sprintf("OPA/%dKiB", size>>10), func(b *testing.B) {
			for b.Loop() {
				value, err := byOPA(text)
				if err != nil {
					b.Fatal(err)
				}
				evaluate(b, ast.NewTerm(value))
			}
		})
		b.Run(fmt.Sprintf("ours/%dKiB", size>>10), func(b *testing.B) {
			for b.Loop() {
				input, err := decodeInput([]byte(text))
				if err != nil {
					b.Fatal(err)
				}
				evaluate(b, input)
			}
		})
	}
}
