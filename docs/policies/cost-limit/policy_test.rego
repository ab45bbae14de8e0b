# engine: v1
package spacelift_test

import data.spacelift

costs(amount) := {"third_party_metadata": {"custom": {"infracost": {"diffTotalMonthlyCost": amount}}}}

test_small_changes_pass if count(spacelift.deny | spacelift.warn) == 0 with input as costs("99.5")

test_larger_ones_are_shown if spacelift.warn == {"the monthly cost would rise by 250.00"} with input as costs("250")

test_very_large_ones_are_denied if spacelift.deny == {"the monthly cost would rise by 1000.01, more than 1000"} with input as costs("1000.01")

test_a_missing_report_is_shown if spacelift.warn == {"there is no cost report"} with input as {"third_party_metadata": {"custom": {}}}
