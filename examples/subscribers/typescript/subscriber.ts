// A copy of every ticket's state, kept from the events alone: node subscriber.js HOST:PORT
import { randomUUID } from 'node:crypto'
import { Consumer, MessagesStreamModes, stringDeserializers } from '@platformatic/kafka'

type Ticket = { sequence: number, phase: string, number?: string, priority?: string, requester?: string }
const PHASES: Record<string, string> = {
  TicketReturned: 'returned', TicketOpened: 'open', InfoRequested: 'waiting', TicketDeferred: 'deferred',
  TicketResumed: 'open', TicketReopened: 'open', Resolved: 'resolved', TicketClosed: 'closed',
  TicketRefused: 'refused', TicketMerged: 'merged'
}
const tickets = new Map<string, Ticket>()
const emails = new Map<string, string>()
// A group of its own that commits nothing: every start reads everything from the first record.
const consumer = new Consumer({
  groupId: `copy-${randomUUID()}`, clientId: 'copy', bootstrapBrokers: [process.argv[2]], deserializers: stringDeserializers
})
const stream = await consumer.consume({
  topics: ['reglament.tickets.v1', 'reglament.contacts.v1'], mode: MessagesStreamModes.EARLIEST, autocommit: false
})
for await (const record of stream) {
  if (record.headers.size === 0) continue // none of Reglament's
  const data = record.value ? JSON.parse(record.value) : { erased_at: 'compacted' }
  if (record.topic === 'reglament.contacts.v1') { // an erased person: forget what we hold of them
    if (data.erased_at) emails.delete(record.key); else emails.set(record.key, data.email)
    for (const [id, ticket] of tickets) if (ticket.requester === record.key) say(id, ticket)
    continue
  }
  const type = record.headers.get('ce_type') ?? '', sequence = Number(record.headers.get('ce_sequence'))
  const ticket = tickets.get(record.key) ?? { sequence: 0, phase: '' }
  if (sequence <= ticket.sequence) continue // delivered before: at least once, in order per ticket
  const answered = type === 'InfoProvided' || (type === 'MessageAdded' && !data.automatic &&
    data.author_kind === 'requester' && data.visibility === 'public')
  ticket.phase = answered && ticket.phase === 'waiting' ? 'open' : PHASES[type] ?? ticket.phase
  for (const field of ['number', 'priority', 'requester'] as const) ticket[field] = data[field] ?? ticket[field]
  ticket.sequence = sequence
  tickets.set(record.key, ticket)
  say(record.key, ticket)
}

function say (id: string, { sequence, number, phase, priority, requester }: Ticket): void {
  console.log(JSON.stringify({ id, version: sequence, number, phase, priority, email: emails.get(requester ?? '') ?? null }))
}
