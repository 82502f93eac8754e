// Package intake is the door for HR systems: POST /api/people-events. It believes a request whose body and time are signed with a shared
// secret, and makes a draft of it in the chat of the HR person whom the configuration names. It raises no case and knows nobody's rights:
// what a system says is confirmed by a person like everything else. The door is shut unless it is configured.
package intake
