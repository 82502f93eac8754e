#!/bin/sh
# Gives an identity the permissions of Microsoft Graph that a policy needs, and no others:
#   muster policy permissions --names policy.yaml | manifest/azure/grant.sh GRAPH_PRINCIPAL
# GRAPH_PRINCIPAL is the object id of the identity (main.bicep's output graphPrincipal, or an app's service principal). It needs the Azure CLI,
# signed in as Privileged Role Administrator or Global Administrator. What is granted already stays as it is; run it again after each change of
# the policy. Nothing is taken away: `muster doctor` names what is granted and not needed.
# The permissions' ids are asked of the tenant by name, so there is no list of them that could be wrong.
set -eu
principal=${1:?say the object id of the identity}
graph=https://graph.microsoft.com/v1.0
id=$(az ad sp show --id 00000003-0000-0000-c000-000000000000 --query id --output tsv)
held=$(az rest --method get --url "$graph/servicePrincipals/$principal/appRoleAssignments?\$top=999" --query 'value[].appRoleId' --output tsv)
names=$(cat)
[ -n "$names" ] || { echo "no permission was named; what is wrong with the policy?" >&2; exit 1; }
roles=
# All are looked up before the first is granted: a wrong name grants nothing.
for name in $names; do
  role=$(az ad sp show --id 00000003-0000-0000-c000-000000000000 --query "appRoles[?value=='$name' && contains(allowedMemberTypes, 'Application')].id | [0]" --output tsv)
  [ -n "$role" ] || { echo "$name is not a permission for apps in this tenant; nothing was granted" >&2; exit 1; }
  roles="$roles $name=$role"
done
for pair in $roles; do
  name=${pair%%=*} role=${pair#*=}
  case "
$held
" in *"
$role
"*) echo "$name: granted already"; continue ;; esac
  az rest --method post --url "$graph/servicePrincipals/$principal/appRoleAssignments" --headers Content-Type=application/json \
    --body "{\"principalId\":\"$principal\",\"resourceId\":\"$id\",\"appRoleId\":\"$role\"}" --output none
  echo "$name: granted"
done
