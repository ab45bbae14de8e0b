# Large changes are looked at
# More than twenty changed resources need confirmation, more than five deleted ones fail the run.
#
# type: PLAN
# engine: v1
package spacelift

warn contains sprintf("%d resources would change", [count(affected_resources)]) if count(affected_resources) > 20

deny contains sprintf("%d resources would be destroyed, more than 5", [count(destroyed)]) if count(destroyed) > 5

destroyed := deleted_resources - recreated_resources

flag contains "needs-approval" if count(destroyed) > 0
