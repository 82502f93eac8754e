// Muster in Azure: one small Linux machine with a disk of its own, an identity for the bot and another one for Microsoft 365, and the bot.
//   az group create --name muster --location uksouth
//   az deployment group create --resource-group muster --template-file manifest/azure/main.bicep \
//     --parameters name=muster sshKey="$(cat ~/.ssh/id_ed25519.pub)"
// No secret is made: both identities prove themselves to Azure. What Microsoft 365 lets Muster do is granted by grant.sh afterwards.
// Why a machine: CHOICES.md. containers.bicep is the way without one, with PostgreSQL.

@description('What the parts are called, and the first part of the address: NAME.REGION.cloudapp.azure.com. Letters, digits and hyphens.')
@minLength(3)
@maxLength(24)
param name string

@description('Where it runs.')
param location string = resourceGroup().location

@description('The public SSH key of the administrator, whose account is muster-admin. SSH itself is closed until you allow an address.')
param sshKey string

@description('Addresses that may use SSH, for example 203.0.113.7/32. Nobody when left empty: use Bastion or the serial console.')
param sshFrom string = ''

@description('The size of the machine. Two processors and 4 GB carry tens of thousands of people.')
param size string = 'Standard_B2als_v2'

@description('The size of the disk for data_dir, in GB.')
@minValue(8)
param diskGB int = 32

module identities 'identities.bicep' = {
  name: 'identities'
  params: {
    name: name
    location: location
  }
}

module machine 'machine.bicep' = {
  name: 'machine'
  params: {
    name: name
    location: location
    sshKey: sshKey
    sshFrom: sshFrom
    size: size
    diskGB: diskGB
    botIdentity: identities.outputs.botId
    graphIdentity: identities.outputs.graphId
  }
}

module bot 'bot.bicep' = {
  name: 'bot'
  params: {
    name: name
    endpoint: 'https://${machine.outputs.host}/api/messages'
    identity: identities.outputs.botId
    appId: identities.outputs.botClientId
  }
}

@description('teams.app_id in muster.yaml, with credential: {kind: managed_identity}.')
output teamsAppId string = identities.outputs.botClientId

@description('graph.client_id in muster.yaml, with credential: {kind: managed_identity}.')
output graphClientId string = identities.outputs.graphClientId

@description('The identity that grant.sh gives the permissions to.')
output graphPrincipal string = identities.outputs.graphPrincipal

@description('teams.tenant_id in muster.yaml.')
output tenantId string = tenant().tenantId

@description('Where the machine is reached.')
output host string = machine.outputs.host
