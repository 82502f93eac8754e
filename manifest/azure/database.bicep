// The rows, in PostgreSQL that only the network's own machines reach, and the way to it in a vault that only the container's identity reads.
param name string
param location string
param network string
param subnet string
param reader string
param size string

@secure()
param password string

var role = 'muster'

resource zone 'Microsoft.Network/privateDnsZones@2020-06-01' = {
  name: '${toLower(name)}.private.postgres.database.azure.com'
  location: 'global'
}

resource link 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2020-06-01' = {
  parent: zone
  name: 'muster'
  location: 'global'
  properties: {
    registrationEnabled: false
    virtualNetwork: {
      id: network
    }
  }
}

resource server 'Microsoft.DBforPostgreSQL/flexibleServers@2024-08-01' = {
  name: '${toLower(name)}-${uniqueString(resourceGroup().id)}'
  location: location
  sku: {
    name: size
    tier: 'Burstable'
  }
  properties: {
    version: '16'
    administratorLogin: role
    administratorLoginPassword: password
    authConfig: {
      activeDirectoryAuth: 'Disabled'
      passwordAuth: 'Enabled'
    }
    storage: {
      storageSizeGB: 32
      autoGrow: 'Enabled'
    }
    backup: {
      backupRetentionDays: 35
      geoRedundantBackup: 'Disabled'
    }
    highAvailability: {
      mode: 'Disabled'
    }
    network: {
      delegatedSubnetResourceId: subnet
      privateDnsZoneArmResourceId: zone.id
    }
  }
  dependsOn: [
    link
  ]
}

resource database 'Microsoft.DBforPostgreSQL/flexibleServers/databases@2024-08-01' = {
  parent: server
  name: 'muster'
  properties: {
    charset: 'UTF8'
    collation: 'C'
  }
}

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' = {
  name: '${take(toLower(name), 10)}-${uniqueString(resourceGroup().id)}'
  location: location
  properties: {
    tenantId: tenant().tenantId
    sku: {
      family: 'A'
      name: 'standard'
    }
    enableRbacAuthorization: true
    enablePurgeProtection: true
  }
}

resource way 'Microsoft.KeyVault/vaults/secrets@2023-07-01' = {
  parent: vault
  name: 'postgres-dsn'
  properties: {
    value: 'host=${server.properties.fullyQualifiedDomainName} dbname=${database.name} user=${role} password=${password}'
  }
}

// Key Vault Secrets User: may read what is in the vault.
resource may 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(vault.id, reader)
  scope: vault
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '4633458b-17de-408a-b874-0445c86b69e6')
    principalId: reader
    principalType: 'ServicePrincipal'
  }
}

// Without a version: the container is given the newest.
output dsn string = '${vault.properties.vaultUri}secrets/${way.name}'
