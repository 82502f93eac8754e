// Muster as a container app with one replica. The rows are in PostgreSQL; the share keeps the signing key, the last checkpoint, muster.yaml and
// policy.yaml.
param name string
param location string
param image string
param subnet string
param filesFrom string
param dsn string
param storeIdentity string
param botIdentity string
param botClientId string
param graphIdentity string
param graphClientId string

resource files 'Microsoft.Storage/storageAccounts@2023-05-01' = {
  name: 'muster${uniqueString(resourceGroup().id)}'
  location: location
  kind: 'StorageV2'
  sku: {
    name: 'Standard_ZRS'
  }
  properties: {
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    allowBlobPublicAccess: false
    networkAcls: {
      defaultAction: 'Deny'
      bypass: 'None'
      ipRules: empty(filesFrom) ? [] : [
        {
          value: filesFrom
          action: 'Allow'
        }
      ]
      virtualNetworkRules: [
        {
          id: subnet
          action: 'Allow'
        }
      ]
    }
  }
}

resource service 'Microsoft.Storage/storageAccounts/fileServices@2023-05-01' = {
  parent: files
  name: 'default'
  properties: {
    shareDeleteRetentionPolicy: {
      enabled: true
      days: 90
    }
  }
}

resource share 'Microsoft.Storage/storageAccounts/fileServices/shares@2023-05-01' = {
  parent: service
  name: 'muster'
  properties: {
    shareQuota: 10
  }
}

resource environment 'Microsoft.App/managedEnvironments@2024-03-01' = {
  name: name
  location: location
  properties: {
    vnetConfiguration: {
      infrastructureSubnetId: subnet
      internal: false
    }
    workloadProfiles: [
      {
        name: 'Consumption'
        workloadProfileType: 'Consumption'
      }
    ]
  }
}

resource mounted 'Microsoft.App/managedEnvironments/storages@2024-03-01' = {
  parent: environment
  name: 'muster'
  properties: {
    azureFile: {
      accountName: files.name
      accountKey: files.listKeys().keys[0].value
      shareName: share.name
      accessMode: 'ReadWrite'
    }
  }
}

resource app 'Microsoft.App/containerApps@2024-03-01' = {
  name: name
  location: location
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${storeIdentity}': {}
      '${botIdentity}': {}
      '${graphIdentity}': {}
    }
  }
  properties: {
    managedEnvironmentId: environment.id
    workloadProfileName: 'Consumption'
    configuration: {
      // One process has the store open. In the mode Single a new revision would have to be ready while the old one still has it.
      activeRevisionsMode: 'Multiple'
      maxInactiveRevisions: 5
      ingress: {
        external: true
        targetPort: 3978
        transport: 'http'
        allowInsecure: false
        traffic: [
          {
            latestRevision: true
            weight: 100
          }
        ]
      }
      secrets: [
        {
          name: 'postgres-dsn'
          keyVaultUrl: dsn
          identity: storeIdentity
        }
      ]
    }
    template: {
      terminationGracePeriodSeconds: 60
      containers: [
        {
          name: 'muster'
          image: image
          args: [
            'serve'
            '--config'
            '/var/lib/muster/muster.yaml'
          ]
          env: [
            {
              name: 'MUSTER_LISTEN'
              value: '0.0.0.0:3978'
            }
            {
              name: 'MUSTER_DATA_DIR'
              value: '/var/lib/muster/data'
            }
            {
              name: 'MUSTER_STORE'
              value: 'postgres'
            }
            {
              name: 'MUSTER_POSTGRES_DSN_FILE'
              value: '/run/muster/postgres-dsn'
            }
            {
              name: 'MUSTER_TEAMS_APP_ID'
              value: botClientId
            }
            {
              name: 'MUSTER_TEAMS_TENANT_ID'
              value: tenant().tenantId
            }
            {
              name: 'MUSTER_TEAMS_CREDENTIAL_KIND'
              value: 'managed_identity'
            }
            {
              name: 'MUSTER_GRAPH_CLIENT_ID'
              value: graphClientId
            }
            {
              name: 'MUSTER_GRAPH_CREDENTIAL_KIND'
              value: 'managed_identity'
            }
          ]
          resources: {
            cpu: json('0.5')
            memory: '1Gi'
          }
          probes: [
            {
              type: 'Startup'
              httpGet: {
                path: '/healthz'
                port: 3978
              }
              periodSeconds: 5
              failureThreshold: 24
            }
            {
              type: 'Liveness'
              httpGet: {
                path: '/healthz'
                port: 3978
              }
              periodSeconds: 30
              failureThreshold: 3
            }
            {
              type: 'Readiness'
              httpGet: {
                path: '/readyz'
                port: 3978
              }
              periodSeconds: 10
              failureThreshold: 6
            }
          ]
          volumeMounts: [
            {
              volumeName: 'kept'
              mountPath: '/var/lib/muster'
            }
            {
              volumeName: 'dsn'
              mountPath: '/run/muster'
            }
          ]
        }
      ]
      scale: {
        minReplicas: 1
        maxReplicas: 1
      }
      volumes: [
        {
          name: 'kept'
          storageType: 'AzureFile'
          storageName: mounted.name
          mountOptions: 'uid=65532,gid=65532,dir_mode=0700,file_mode=0600,nobrl'
        }
        {
          name: 'dsn'
          storageType: 'Secret'
          secrets: [
            {
              secretRef: 'postgres-dsn'
              path: 'postgres-dsn'
            }
          ]
        }
      ]
    }
  }
}

output host string = app.properties.configuration.ingress.fqdn
output storage string = files.name
