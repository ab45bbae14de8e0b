# Required tags
# What can be tagged and is created or changed carries an owner and an environment.
#
# type: PLAN
# engine: v1
package spacelift

required := {"owner", "environment"}

tags(resource) := object.keys(all) if {
	all := object.get(resource.change.after, "tags_all", object.get(resource.change.after, "tags", null))
	is_object(all)
}

tags(resource) := set() if {
	"tags" in object.keys(resource.change.after)
	not is_object(object.get(resource.change.after, "tags_all", object.get(resource.change.after, "tags", null)))
}

deny contains sprintf("%s lacks the tags %s", [resource.address, concat(", ", sort(required - tags(resource)))]) if {
	some resource in (created_resources | updated_resources)
	count(required - tags(resource)) > 0
}
