// Two identities: whoever holds the bot's can speak in Teams and nothing else; the other one can change the directory.
param name string
param location string

resource bot 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: '${name}-bot'
  location: location
}

resource graph 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: '${name}-directory'
  location: location
}

output botId string = bot.id
output botClientId string = bot.properties.clientId
output graphId string = graph.id
output graphClientId string = graph.properties.clientId
output graphPrincipal string = graph.properties.principalId
