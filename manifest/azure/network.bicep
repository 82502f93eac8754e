// A network in which the container and the database find each other, and nobody else finds the database.
param name string
param location string

resource network 'Microsoft.Network/virtualNetworks@2024-05-01' = {
  name: '${name}-container'
  location: location
  properties: {
    addressSpace: {
      addressPrefixes: [
        '10.21.0.0/24'
      ]
    }
    subnets: [
      {
        name: 'container'
        properties: {
          addressPrefix: '10.21.0.0/27'
          delegations: [
            {
              name: 'container'
              properties: {
                serviceName: 'Microsoft.App/environments'
              }
            }
          ]
          serviceEndpoints: [
            {
              service: 'Microsoft.Storage'
            }
          ]
        }
      }
      {
        name: 'database'
        properties: {
          addressPrefix: '10.21.0.32/28'
          delegations: [
            {
              name: 'database'
              properties: {
                serviceName: 'Microsoft.DBforPostgreSQL/flexibleServers'
              }
            }
          ]
        }
      }
    ]
  }
}

output id string = network.id
output containerSubnet string = network.properties.subnets[0].id
output databaseSubnet string = network.properties.subnets[1].id
