// Records a spoken message: asks for the microphone, shows how loud and how long, saves, plays back. The recording is
// kept by the service as soon as it is stopped; sending the form only names it. Without this file people type.
const MIMES = ['audio/webm;codecs=opus', 'audio/mp4', 'audio/ogg;codecs=opus', 'audio/webm']
const ALOUD = { 60: '1 minute left', 30: '30 seconds left', 10: '10 seconds left' }

const plural = (n, word) => `${n} ${word}${n === 1 ? '' : 's'}`
const inWords = (seconds) =>
  [[Math.floor(seconds / 60), 'minute'], [seconds % 60, 'second']]
    .filter(([n]) => n).map(([n, word]) => plural(n, word)).join(' ') || 'no time'

const REFUSED = {
  NotAllowedError: 'This page may not use your microphone. To allow it, open the settings of your browser for this page. You can also type your message below.',
  NotFoundError: 'We cannot find a microphone on this device. Type your message below.',
  NotReadableError: 'Your microphone is in use by something else. End the other call or app and try again, or type your message below.'
}
const OTHERWISE = 'We could not record on this device. Try again, or type your message below.'
const UNSAVED = 'We could not save your recording. Check your connection and try again. Keep this page open: the recording is still here.'

class Recorder {
  constructor(box) {
    this.box = box
    this.form = box.closest('form')
    this.most = Number(box.dataset.seconds)
    this.seconds = 0
    this.state = this.form.elements.voice.value ? 'kept' : 'idle'
    for (const button of box.querySelectorAll('[data-do]')) {
      button.type = 'button'
      button.hidden = false
      button.addEventListener('click', () => this[button.dataset.do]())
    }
    this.form.addEventListener('submit', (event) => this.beforeSending(event))
    addEventListener('beforeunload', (event) => {
      if (['recording', 'keeping', 'unsaved'].includes(this.state)) event.preventDefault()
    })
    box.hidden = false
    this.show(this.state)
  }

  part(name) { return this.box.querySelector(`[data-${name}]`) }

  show(state, focus) {
    this.state = state
    for (const part of this.box.querySelectorAll('[data-when]')) part.hidden = part.dataset.when !== state
    this.part('or').textContent = state === 'kept' ? 'Write more' : 'Or type your message'
    if (focus) this.box.querySelector(`[data-do="${focus}"]`)?.focus()
  }

  // As it was before: with the recording that is kept, or without any.
  rest() {
    if (this.form.elements.voice.value) this.show('kept', 'again')
    else this.show('idle', 'start')
  }

  say(words) { this.part('said').textContent = words }

  problem(words) {
    this.part('problem').textContent = words
    this.part('problem').hidden = !words
  }

  async start() {
    this.problem('')
    this.show('asking')
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({ audio: true })
      const mimeType = MIMES.find((mime) => MediaRecorder.isTypeSupported(mime))
      this.media = new MediaRecorder(this.stream, { mimeType, audioBitsPerSecond: 32000 })
    } catch (error) {
      this.letGo()
      this.rest()
      this.problem(REFUSED[error.name] || OTHERWISE)
      return
    }
    this.listen()
  }

  listen() {
    const parts = []
    this.done = new Promise((resolve) => {
      this.media.addEventListener('stop', () => resolve(new Blob(parts, { type: this.media.mimeType })))
    })
    this.media.addEventListener('dataavailable', (event) => event.data.size && parts.push(event.data))
    // In pieces, so that a long recording is not lost where a browser runs out of patience at the end.
    this.media.start(1000)
    this.began = performance.now()
    this.meter()
    this.tick()
    this.timer = setInterval(() => this.tick(), 250)
    this.show('recording', 'stop')
    this.say('Recording. 3 minutes left.')
    this.done.then((sound) => this.finish(sound))
  }

  tick() {
    this.seconds = Math.min(this.most, Math.round((performance.now() - this.began) / 1000))
    const left = this.most - this.seconds
    this.part('used').value = this.seconds
    this.part('left').textContent = `${inWords(left)} left`
    if (ALOUD[left] && this.spoken !== left) this.say(ALOUD[left])
    this.spoken = left
    if (left <= 0) this.stop()
  }

  meter() {
    this.audio = new AudioContext()
    const analyser = this.audio.createAnalyser()
    this.audio.createMediaStreamSource(this.stream).connect(analyser)
    const wave = new Uint8Array(analyser.fftSize)
    const draw = () => {
      if (this.state !== 'recording' && this.state !== 'asking') return
      analyser.getByteTimeDomainData(wave)
      this.part('level').value = Math.min(100, Math.max(...wave.map((height) => Math.abs(height - 128))) * 1.5)
      requestAnimationFrame(draw)
    }
    draw()
  }

  stop() {
    if (this.media?.state === 'recording') this.media.stop()
  }

  letGo() {
    clearInterval(this.timer)
    this.stream?.getTracks().forEach((track) => track.stop())
    this.audio?.close()
    this.audio = this.stream = null
  }

  async finish(sound) {
    this.letGo()
    this.sound = sound
    await this.save()
  }

  async save() {
    this.show('keeping')
    this.problem('')
    this.say('Saving your recording.')
    this.saving = this.upload().catch(() => ({ problem: UNSAVED }))
    const told = await this.saving
    this.saving = null
    if (told.problem) {
      if (told.gone) this.rest()
      else this.show('unsaved', 'save')
      this.problem(told.problem)
      return
    }
    this.form.elements.voice.value = told.voice
    this.part('play').src = `${this.box.dataset.recorder}?of=${told.voice.slice(0, 8)}${Date.now() % 100000}`
    this.part('length').textContent = `: ${told.length}`
    this.show('kept', 'again')
    this.say('Your recording is saved. You can listen to it now.')
  }

  async upload() {
    if (this.sound.size > Number(this.box.dataset.bytes)) return { problem: 'Your recording is too large. Record a shorter one.', gone: true }
    const body = new FormData()
    body.append('recording', this.sound, 'recording')
    return this.ask('', body)
  }

  async ask(path, body) {
    const headers = { 'X-Form-Token': this.form.elements.form_token.value, Accept: 'application/json' }
    const reply = await fetch(this.box.dataset.recorder + path, { method: 'POST', headers, body })
    if (reply.ok) return reply.json()
    if (reply.status === 422) return { ...(await reply.json()), gone: true }
    throw new Error(`${reply.status}`)
  }

  again() {
    // The old one stays until a new one is saved.
    this.part('play').pause()
    return this.start()
  }

  async delete() {
    try {
      await this.ask('/delete', new URLSearchParams())
    } catch {
      this.problem('We could not delete your recording. Check your connection and try again.')
      return
    }
    this.form.elements.voice.value = ''
    this.part('play').removeAttribute('src')
    this.show('idle', 'start')
    this.say('Your recording is deleted.')
  }

  async beforeSending(event) {
    if (!['recording', 'keeping', 'unsaved'].includes(this.state)) return
    // Continue while it still records means: stop, save, go on.
    event.preventDefault()
    if (this.state === 'recording') {
      this.stop()
      await this.done
    }
    while (this.saving) await this.saving
    await new Promise((resolve) => setTimeout(resolve))
    if (this.state === 'unsaved') await this.save()
    if (this.state === 'kept') this.form.requestSubmit()
  }
}

if (window.MediaRecorder && navigator.mediaDevices?.getUserMedia) {
  for (const box of document.querySelectorAll('[data-recorder]')) new Recorder(box)
}
