// Muster in Azure as a container app, with its rows in PostgreSQL: no machine to look after. main.bicep is the other way, with a machine and no
// database. What to do before and after: CHECKLIST.md.
//   az deployment group create --resource-group muster --template-file manifest/azure/containers.bicep \
//     --parameters name=muster image=REGISTRY/muster:VERSION databasePassword="$(openssl rand -hex 32)"

@description('What the parts are called. Letters, digits and hyphens.')
@minLength(3)
@maxLength(24)
param name string

@description('Where it runs.')
param location string = resourceGroup().location

@description('The image that manifest/container/Containerfile makes, in a registry that the environment can pull from.')
param image string

@description('The password of the role in PostgreSQL: letters and digits, long, made anew for each deployment. It is kept in the vault and nowhere else.')
@minLength(32)
@secure()
param databasePassword string

@description('The size of the database server.')
param databaseSize string = 'Standard_B1ms'

@description('The address from which muster.yaml and policy.yaml are put on the share, for example 203.0.113.7. Nobody when left empty.')
param filesFrom string = ''

module identities 'identities.bicep' = {
  name: 'identities'
  params: {
    name: name
    location: location
  }
}

module network 'network.bicep' = {
  name: 'network'
  params: {
    name: name
    location: location
  }
}

// A third identity: it reads the way to the database, and neither speaks in Teams nor changes the directory.
resource store 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: '${name}-store'
  location: location
}

module database 'database.bicep' = {
  name: 'database'
  params: {
    name: name
    location: location
    network: network.outputs.id
    subnet: network.outputs.databaseSubnet
    reader: store.properties.principalId
    size: databaseSize
    password: databasePassword
  }
}

module container 'container.bicep' = {
  name: 'container'
  params: {
    name: name
    location: location
    image: image
    subnet: network.outputs.containerSubnet
    filesFrom: filesFrom
    dsn: database.outputs.dsn
    storeIdentity: store.id
    botIdentity: identities.outputs.botId
    botClientId: identities.outputs.botClientId
    graphIdentity: identities.outputs.graphId
    graphClientId: identities.outputs.graphClientId
  }
}

module bot 'bot.bicep' = {
  name: 'bot'
  params: {
    name: name
    endpoint: 'https://${container.outputs.host}/api/messages'
    identity: identities.outputs.botId
    appId: identities.outputs.botClientId
  }
}

@description('The identity that grant.sh gives the permissions to.')
output graphPrincipal string = identities.outputs.graphPrincipal

@description('Where the container is reached.')
output host string = container.outputs.host

@description('The storage account whose share muster holds muster.yaml and policy.yaml.')
output storage string = container.outputs.storage
