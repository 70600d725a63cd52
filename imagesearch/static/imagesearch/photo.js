// Search by photo: a file that is chosen, dropped or pasted, or a picture of the camera, cut to what is meant.
// What is sent is the cut alone; the form works without any of this.

const LONGEST = 1024, THUMB = 160, LEAST = 0.1, STEP = 0.03, QUALITY = 0.9, MEANT = 0.02
const SENT = "photo-sent", AGAIN = "photo-again", SHOWN = "photo-of:"
const NOT_YET = "The camera shows nothing yet. Wait a moment and take the picture again."

const one = (name) => document.querySelector(`[data-photo-${name}]`)

const form = one("form")
if (form) take(form)
else {
  showSent()
  // One step back among the filters: the page was put together anew.
  document.addEventListener("htmx:historyRestore", showSent)
}

// What this tab remembers; a browser that may remember nothing does without.
function remember(name, value) {
  try {
    value === null ? sessionStorage.removeItem(name) : sessionStorage.setItem(name, value)
  } catch { /* The photo is searched by all the same. */ }
}

function remembered(name) {
  try {
    return sessionStorage.getItem(name)
  } catch {
    return null
  }
}

// The photo that led here: of several searches in one tab, each has its own.
function showSent() {
  const shown = one("shown"), name = SHOWN + location.pathname
  const sent = remembered(SENT)
  if (sent) remember(name, sent)
  remember(SENT, null)
  remember(AGAIN, null)
  const kept = shown && remembered(name)
  if (!kept) return
  shown.src = kept
  shown.hidden = false
}

function take(form) {
  const file = form.querySelector("input[type=file]")
  const [drop, said, crop, again, live, send] = ["drop", "said", "crop", "again", "live", "send"].map(one)
  const frame = cutting(one("frame"), one("canvas"), one("cut"), one("grip"))
  const camera = filming(live, one("video"))
  let ready = false

  const say = (text) => { said.textContent = text }
  const show = (picture) => {
    camera.stop()
    frame.show(picture)
    ready = true
    file.required = false
    drop.hidden = true
    crop.hidden = again.hidden = send.hidden = false
    say("")
    one("cut").focus()
  }
  const read = async (blob) => {
    try {
      show(await createImageBitmap(blob, { imageOrientation: "from-image" }))
    } catch {
      say("This file cannot be shown here. Choose a JPEG, PNG, WebP or GIF.")
    }
  }
  const restart = () => {
    ready = false
    file.required = true
    file.value = ""
    drop.hidden = false
    crop.hidden = again.hidden = true
    file.focus()
  }

  // What could not be answered is there again, to be sent once more.
  const unanswered = document.querySelector("[data-problem]") && remembered(AGAIN)
  remember(SENT, null)
  remember(AGAIN, null)
  if (unanswered) {
    const picture = new Image()
    picture.addEventListener("load", () => show(picture))
    picture.src = unanswered
  }

  file.addEventListener("change", () => file.files[0] && read(file.files[0]))
  again.addEventListener("click", restart)
  // Anywhere on the page: a photo that misses the field would take the page's place in the browser.
  for (const kind of ["dragover", "dragleave", "drop"]) {
    document.addEventListener(kind, (event) => {
      if (!event.dataTransfer.types.includes("Files") && !drop.contains(event.target)) return
      event.preventDefault()
      drop.toggleAttribute("data-over", kind === "dragover")
      if (kind !== "drop") return
      const dropped = event.dataTransfer.files[0]
      dropped ? read(dropped) : say("Only files can be dropped here. Save the picture first, or copy and paste it.")
    })
  }
  document.addEventListener("paste", (event) => {
    const pasted = [...event.clipboardData.files].find((each) => each.type.startsWith("image/"))
    if (pasted) read(pasted)
  })

  const film = async (begin) => {
    const problem = await begin()
    if (problem === null) return
    say(problem)
    drop.hidden = send.hidden = !problem
  }
  one("camera").addEventListener("click", () => film(camera.start))
  one("turn").addEventListener("click", () => film(camera.turn))
  one("stop").addEventListener("click", () => { camera.stop(); drop.hidden = send.hidden = false })
  one("shoot").addEventListener("click", () => {
    const picture = camera.shoot()
    picture ? show(picture) : say(NOT_YET)
  })
  addEventListener("pagehide", camera.stop)

  form.addEventListener("submit", async (event) => {
    if (!ready) return
    event.preventDefault()
    // A second press would send it twice.
    if (form.hasAttribute("data-sending")) return
    form.toggleAttribute("data-sending", true)
    say("Looking…")
    const cut = frame.cut(LONGEST)
    remember(AGAIN, cut.toDataURL("image/jpeg", QUALITY))
    remember(SENT, frame.cut(THUMB).toDataURL("image/jpeg", QUALITY))
    const blob = await new Promise((done) => cut.toBlob(done, "image/jpeg", QUALITY))
    const chosen = new DataTransfer()
    chosen.items.add(new File([blob], "photo.jpg", { type: "image/jpeg" }))
    file.files = chosen.files
    form.submit()
  })
  addEventListener("pageshow", () => {
    if (form.hasAttribute("data-sending")) say("")
    form.removeAttribute("data-sending")
  })
}

// A frame on a picture, moved and stretched by pointer and keys. Places are shares of the picture's sides.
function cutting(frame, canvas, cut, grip) {
  let place = { x: 0, y: 0, w: 1, h: 1 }
  let picture = null

  const within = (value, low, high) => Math.min(Math.max(value, low), high)
  const put = (next) => {
    const w = within(next.w, LEAST, 1), h = within(next.h, LEAST, 1)
    place = { w, h, x: within(next.x, 0, 1 - w), y: within(next.y, 0, 1 - h) }
    cut.toggleAttribute("data-whole", w === 1 && h === 1)
    cut.style.left = `${place.x * 100}%`
    cut.style.top = `${place.y * 100}%`
    cut.style.right = `${(1 - place.x - w) * 100}%`
    cut.style.bottom = `${(1 - place.y - h) * 100}%`
  }

  // Inside the frame it is moved, at its corner stretched; anywhere else, or while it holds all, a new one is drawn.
  const drawn = (from, x, y) => put({
    x: Math.min(from.startX, from.startX + x), y: Math.min(from.startY, from.startY + y), w: Math.abs(x), h: Math.abs(y),
  })
  const moved = (from, x, y) => put({ ...from, x: from.x + x, y: from.y + y })
  const stretched = (from, x, y) => put({
    ...from, w: within(from.w + x, LEAST, 1 - from.x), h: within(from.h + y, LEAST, 1 - from.y),
  })
  const change = (target) => target === grip ? stretched : target === cut && !cut.hasAttribute("data-whole") ? moved : drawn

  frame.addEventListener("pointerdown", (event) => {
    if (!event.isPrimary || event.button) return
    event.preventDefault()
    cut.focus()
    const box = frame.getBoundingClientRect(), does = change(event.target)
    const share = ({ clientX, clientY }) => [(clientX - box.left) / box.width, (clientY - box.top) / box.height]
    const [startX, startY] = share(event).map((part) => within(part, 0, 1))
    const from = { ...place, startX, startY }
    const move = (now) => {
      const [x, y] = share(now).map((part) => within(part, 0, 1))
      // A press that trembles draws nothing.
      if (does === drawn && Math.hypot(x - startX, y - startY) < MEANT) return
      does(from, x - startX, y - startY)
    }
    const done = () => {
      removeEventListener("pointermove", move)
      removeEventListener("pointerup", done)
      removeEventListener("pointercancel", done)
    }
    addEventListener("pointermove", move)
    addEventListener("pointerup", done)
    addEventListener("pointercancel", done)
  })

  cut.addEventListener("keydown", (event) => {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key]
    if (!way) return
    event.preventDefault()
    const [x, y] = way.map((part) => part * STEP)
    put(event.shiftKey ? { ...place, w: place.w + x, h: place.h + y } : { ...place, x: place.x + x, y: place.y + y })
  })

  return {
    show(shown) {
      picture = shown
      const scale = Math.min(1, LONGEST / Math.max(shown.width, shown.height))
      canvas.width = Math.max(1, Math.round(shown.width * scale))
      canvas.height = Math.max(1, Math.round(shown.height * scale))
      canvas.getContext("2d").drawImage(shown, 0, 0, canvas.width, canvas.height)
      put({ x: 0, y: 0, w: 1, h: 1 })
    },
    cut(longest) {
      const w = place.w * picture.width, h = place.h * picture.height
      const scale = Math.min(1, longest / Math.max(w, h))
      const made = document.createElement("canvas")
      made.width = Math.max(1, Math.round(w * scale))
      made.height = Math.max(1, Math.round(h * scale))
      const drawn = made.getContext("2d")
      drawn.fillStyle = "#fff"
      drawn.fillRect(0, 0, made.width, made.height)
      drawn.drawImage(picture, place.x * picture.width, place.y * picture.height, w, h, 0, 0, made.width, made.height)
      return made
    },
  }
}

// The camera: what starts it says what is wrong, or nothing; null when it was asked for something else meanwhile.
function filming(live, video) {
  let stream = null, facing = "environment", turn = 0

  const end = (ended) => ended?.getTracks().forEach((track) => track.stop())
  const stop = () => {
    turn += 1
    end(stream)
    stream = null
    live.hidden = true
  }
  const start = async () => {
    stop()
    const mine = turn
    if (!navigator.mediaDevices?.getUserMedia) return "This browser gives no camera to pages. Choose a file instead."
    try {
      const given = await navigator.mediaDevices.getUserMedia({ video: { facingMode: facing, width: { ideal: 1280 } } })
      // Meanwhile it was closed, or asked for again: no camera stays on unseen.
      if (mine !== turn) return end(given) ?? null
      video.srcObject = stream = given
      live.hidden = false
      await video.play()
    } catch (error) {
      if (mine !== turn) return null
      stop()
      return error.name === "NotAllowedError"
        ? "The camera was not allowed. Allow it in your browser's settings for this page, or choose a file instead."
        : "There is no camera here that we could use. Choose a file instead."
    }
    return ""
  }
  return {
    start,
    stop,
    turn() {
      facing = facing === "environment" ? "user" : "environment"
      return start()
    },
    shoot() {
      if (live.hidden || !video.videoWidth) return null
      const picture = document.createElement("canvas")
      picture.width = video.videoWidth
      picture.height = video.videoHeight
      picture.getContext("2d").drawImage(video, 0, 0)
      return picture
    },
  }
}
