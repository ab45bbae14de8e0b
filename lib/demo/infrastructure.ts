/** The configuration that the demo applies: only what is built into the tool, so that nothing is downloaded. */
export const MAIN_TF = `variable "greeting" {
  type    = string
  default = "hello"
}

resource "terraform_data" "network" {
  input = { name = "demo", cidr = "10.0.0.0/16" }
}

resource "terraform_data" "server" {
  count = 2
  input = { greeting = var.greeting, network = terraform_data.network.output.name, index = count.index }
}

output "greeting" {
  value = var.greeting
}

output "servers" {
  value = [for server in terraform_data.server : server.output.index]
}
`;

/** What the second commit sets. */
export const CHANGED_TFVARS = 'greeting = "hello again"\n';
