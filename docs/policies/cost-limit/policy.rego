# Cost limit
# A plan that raises the monthly cost by more than 100 asks for confirmation, by more than 1000 fails.
# It reads an Infracost report that the project leaves as `infracost.custom.spacelift.json`.
#
# type: PLAN
# engine: v1
package spacelift

report := object.get(input.third_party_metadata, "infracost", object.get(object.get(input.third_party_metadata, "custom", {}), "infracost", null))

increase := to_number(report.diffTotalMonthlyCost)

deny contains sprintf("the monthly cost would rise by %.2f, more than 1000", [increase]) if increase > 1000

warn contains sprintf("the monthly cost would rise by %.2f", [increase]) if {
	increase > 100
	increase <= 1000
}

warn contains "there is no cost report" if not is_object(report)
