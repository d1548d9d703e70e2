// Renews a list when the service says that something changed. Without this file the list looks again every minute; without
// JavaScript there is a link to do so. One tab of a browser listens for all of them: browsers open few connections.
const list = document.querySelector('[data-live]')
const state = document.querySelector('[data-live-state]')
const said = document.querySelector('[data-live-said]')

const channel = new BroadcastChannel(`live:${list.dataset.live}`)
let listening = false
let soon = null

// Several changes at once are one look, and not all tabs look in the same instant.
const look = () => {
  clearTimeout(soon)
  soon = setTimeout(() => list.dispatchEvent(new Event('refresh')), 100 + Math.random() * 300)
}

const hear = (news) => {
  listening = news !== 'lost'
  const [live, alone] = state.dataset.liveWords.split('|')
  state.textContent = listening ? live : alone
  state.hidden = false
  if (news === 'listening' || news === 'changed') look()
}

const tell = (news) => {
  channel.postMessage(news)
  hear(news)
}

const listen = () => {
  const stream = new EventSource(list.dataset.live)
  // Whatever changed while nobody listened is read now.
  stream.addEventListener('listening', () => tell('listening'))
  stream.addEventListener('changed', () => tell('changed'))
  stream.addEventListener('error', () => {
    tell('lost')
    // The browser tries again by itself, unless it was told that there is no stream.
    if (stream.readyState === EventSource.CLOSED) setTimeout(listen, 30000)
  })
}

let speaks = false
channel.addEventListener('message', ({ data }) => {
  if (data !== 'asks') hear(data)
  else if (speaks && listening) channel.postMessage('still')
})
channel.postMessage('asks')
if (navigator.locks) {
  navigator.locks.request(channel.name, () => new Promise(() => {
    speaks = true
    listen()
  }))
}
else hear('lost')

setInterval(() => { if (!listening) look() }, 15000)
document.addEventListener('visibilitychange', () => { if (!document.hidden) look() })

// Screen readers are told when there are more or fewer calls, not of every look.
let count = list.querySelector('[data-count]').textContent
document.body.addEventListener('htmx:afterSwap', (event) => {
  if (event.detail.target !== list) return
  const now = list.querySelector('[data-count]')?.textContent ?? count
  if (now !== count) said.textContent = `The list has changed: ${now} ${now === '1' ? 'call' : 'calls'}.`
  count = now
})
