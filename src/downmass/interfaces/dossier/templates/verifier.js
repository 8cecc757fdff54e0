"use strict";
(() => {
  const text = new TextEncoder();
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

  class Damage extends Error {}
  const refuse = (message) => { throw new Damage(message); };

  const hex = (bytes) => Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
  const same = (a, b) => a.length === b.length && a.every((byte, i) => byte === b[i]);
  const joined = (...parts) => {
    const all = new Uint8Array(parts.reduce((n, part) => n + part.length, 0));
    let at = 0;
    for (const part of parts) { all.set(part, at); at += part.length; }
    return all;
  };
  const sha256 = async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const leafHash = (content) => sha256(joined([0], content));
  const nodeHash = (left, right) => sha256(joined([1], left, right));

  const bytesOf = (base64, length) => {
    let raw;
    try { raw = atob(base64); } catch { refuse("text that is no base64"); }
    // One spelling only: a loose one could be changed without being noticed.
    if (btoa(raw) !== base64) refuse("a loose spelling of base64");
    if (length !== undefined && raw.length !== length) refuse(`${raw.length} bytes where ${length} belong`);
    return Uint8Array.from(raw, (c) => c.charCodeAt(0));
  };

  // RFC 8785 for values without fractions: sorted keys, no spaces, the strings of JSON itself.
  const canonical = (value) => {
    if (typeof value === "number" && !Number.isSafeInteger(value)) refuse(`the number ${value}, which is no safe integer`);
    if (value === null || typeof value !== "object") return JSON.stringify(value);
    if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
    return `{${Object.keys(value).sort().map((k) => `${JSON.stringify(k)}:${canonical(value[k])}`).join(",")}}`;
  };
  const decoded = (bytes) => {
    try { return decoder.decode(bytes); } catch { return refuse("bytes that are no UTF-8"); }
  };
  const parsed = (line) => {
    let value;
    try { value = JSON.parse(line); } catch { refuse("text that is no JSON"); }
    if (canonical(value) !== line) refuse("text that is not in canonical form");
    if (!isObject(value)) refuse("no JSON object");
    return value;
  };
  const holds = (value, ...keys) => canonical(Object.keys(value).sort()) === canonical(keys.sort());

  const isText = (value) => typeof value === "string";
  const isNumber = (value) => Number.isSafeInteger(value) || (isText(value) && /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(value));
  const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
  const isInstant = (value) => {
    const form = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)$/;
    const found = isText(value) && form.exec(value);
    if (!found) return false;
    const [year, month, day, hour, minute, second] = found.slice(1).map((digits) => Number(digits || 0));
    // The calendar repeats after 400 years; Date would read the years 0 to 99 as of the 20th century.
    const last = new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();
    return year > 0 && month >= 1 && month <= 12 && day >= 1 && day <= last && hour < 24 && minute < 60 && second < 60;
  };
  // What every entry carries around its body. The rules of the fields inside a body are left to downmass verify.
  const ENVELOPE = {
    id: isText, campaign: isText, type: isText, version: Number.isSafeInteger,
    writer: isText, sequence: Number.isSafeInteger, prev_hash: isText,
    occurred_at: isInstant, recorded_at: isInstant, uncertainty_s: isNumber,
    origin: (value) => ["recorded", "public", "simulated", "assumed"].includes(value), source: isText,
    cause: (value) => Array.isArray(value) && value.every(isText),
    body: isObject,
  };
  const enveloped = (event) => {
    for (const [name, fits] of Object.entries(ENVELOPE)) {
      if (!Object.hasOwn(event, name)) refuse(`no field ${name}`);
      if (!fits(event[name])) refuse(`a ${name} that cannot be read`);
    }
    // What decides whose signatures count cannot be passed over where it is of another version.
    const fields = DECISIVE.get(event.type);
    if (!fields) return;
    if (event.version !== 1) refuse(`an ${event.type} of version ${event.version}, which this page cannot read`);
    if (!holds(event.body, ...Object.keys(fields)) || !Object.entries(fields).every(([name, fits]) => fits(event.body[name]))) {
      refuse(`an ${event.type} with other fields`);
    }
  };
  const isCount = (value) => Number.isSafeInteger(value) && value >= 0;
  const DECISIVE = new Map(Object.entries({
    "writer.enrolled": { kind: isText, party: isText, public_key: isText, writer: isText },
    "person.enrolled": {
      certification: isText, evidence: isText, identity_verified_by: isText, keeping: isText, person: isText, public_key: isText,
    },
    "key.revoked": { holder: isText, public_key: isText, reason: isText },
    "access.locked": { failures: isCount, person: isText, reported_to: (value) => Array.isArray(value) && value.every(isText) },
    "access.reset": { administrator: isText, person: isText, reason: isText },
  }));

  // The first entry enrols the ground custodian by itself; later writers are enrolled by it.
  const signer = async (key) => {
    const raw = bytesOf(key, 32);
    try { return await crypto.subtle.importKey("raw", raw, { name: "Ed25519" }, true, ["verify"]); }
    catch (fault) {
      if (fault.name === "NotSupportedError") return null;
      return refuse("an enrolled key that cannot be used");
    }
  };
  const signed = async (key, signature, content) => {
    if (key === null) return true;
    return crypto.subtle.verify({ name: "Ed25519" }, key, signature, content);
  };

  // Entries that persons sign, each with the latest version known here; a signature is over content and
  // record as they stood (21 CFR 11.70), sealed by the person's key in force there.
  const SIGNED = new Map(Object.entries({
    "recipe.signed": 1, "phase.signed": 1, "deviation.planned": 2, "nonconformity.closed": 2, "capa.closed": 1,
    "retest.authorised": 1, "custody.transferred": 2, "custody.offered": 1, "custody.accepted": 1,
    "custody.refused": 1, "labels.reconciled": 1, "record.reviewed": 2, "disposition.decided": 2,
  }));
  const ACT = "downmass act v1\n";
  const sealFits = async (key, sealed, over) => {
    try {
      const found = await signer(key);
      if (found === null) return null;
      return await signed(found, bytesOf(sealed, 64), text.encode(ACT + over));
    } catch (fault) {
      if (fault instanceof Damage) return false;
      throw fault;
    }
  };

  // Which key is in force for each person: enrolled by the log alone, and once used, back for nobody.
  class People {
    constructor() { this.held = new Map(); this.known = new Set(); this.spent = new Set(); this.locked = new Set(); }

    take(event, log) {
      const { holder, person, public_key: key } = event.body;
      if (event.type === "writer.enrolled") this.spent.add(key);
      if (event.type === "key.revoked") {
        this.spent.add(key);
        if (this.held.get(holder) === key) this.held.delete(holder);
      }
      if (event.type === "access.locked") { this.locked.add(person); this.held.delete(person); }
      if (event.type === "access.reset") { this.locked.delete(person); this.held.delete(person); }
      if (event.type !== "person.enrolled") return true;
      if (event.writer !== log || this.spent.has(key) || this.locked.has(person)) return false;
      this.spent.add(key); this.known.add(person); this.held.set(person, key);
      return true;
    }

    fits(person, key) { return key ? this.held.get(person) === key : !this.known.has(person); }
  }

  class Log {
    constructor() {
      this.keys = new Map(); this.heads = new Map(); this.ids = new Set();
      this.frontier = []; this.size = 0; this.hashes = []; this.logKeys = []; this.unsigned = false; this.loose = [];
      this.people = new People(); this.revoked = new Map(); this.texts = new Map();
    }

    async add(line) {
      let name = "";
      try {
        const outer = parsed(decoded(line));
        if (!holds(outer, "content", "index", "signature")) refuse("a line that holds no entry");
        if (typeof outer.content !== "string" || typeof outer.signature !== "string") refuse("parts of the wrong kind");
        if (outer.index !== this.size) refuse(`entry ${outer.index} in its place`);
        const event = parsed(outer.content);
        if (isText(event.id)) name = event.id;
        enveloped(event);
        await this.check(event, text.encode(outer.content), bytesOf(outer.signature, 64));
      } catch (fault) {
        if (!(fault instanceof Damage)) throw fault;
        const where = `entry ${this.size}${name ? ` (${name})` : ""}`;
        throw new Damage(`${where} is damaged: it has ${fault.message}`);
      }
    }

    async check(event, content, signature) {
      const enrols = event.type === "writer.enrolled" && event.body;
      if (this.size === 0) {
        if (!enrols || enrols.writer !== event.writer || enrols.kind !== "ground") refuse("no enrolment that founds a log");
        this.founder = event.writer; this.campaign = event.campaign;
        this.keys.set(event.writer, await signer(enrols.public_key));
      }
      const key = this.keys.get(event.writer);
      if (key === undefined && [...this.revoked.values()].includes(event.writer)) refuse(`a writer, ${event.writer}, whose key was revoked`);
      if (key === undefined) refuse(`a writer, ${event.writer}, that no earlier entry enrols`);
      if (key === null) this.unsigned = true;
      if (!await signed(key, signature, content)) refuse(`a signature that is not ${event.writer}'s over this content`);
      if (event.campaign !== this.campaign) refuse(`another campaign, ${event.campaign}`);
      const [sequence, previous] = this.heads.get(event.writer) || [0, ""];
      if (event.sequence !== sequence) refuse(`the count ${event.sequence} where ${sequence} is next`);
      if (event.prev_hash !== previous) refuse(`a previous hash that is not that of ${event.writer}'s last entry`);
      if (this.ids.has(event.id)) refuse("the id of an earlier entry");
      if (enrols) {
        if (event.writer !== this.founder && event.writer !== enrols.writer) refuse(`an enrolment only ${this.founder} may make`);
        if (this.revoked.has(enrols.public_key)) refuse(`a key of ${enrols.writer} that was revoked`);
        this.keys.set(enrols.writer, await signer(enrols.public_key));
        this.texts.set(enrols.writer, enrols.public_key);
        if (enrols.writer === this.founder) this.logKeys.push([this.size, this.keys.get(this.founder)]);
      }
      if (event.type === "key.revoked") this.revoke(event);
      this.ids.add(event.id);
      this.heads.set(event.writer, [sequence + 1, hex(await sha256(content))]);
      await this.acts(event);
      await this.grow(await leafHash(content));
    }

    revoke(event) {
      const { holder, public_key: key } = event.body;
      if (!this.keys.has(holder)) return;
      if (event.writer !== this.founder && event.writer !== holder) refuse(`a revocation only ${this.founder} may make`);
      this.revoked.set(key, holder);
      if (this.texts.get(holder) === key) this.keys.delete(holder);
    }

    async acts(event) {
      if (event.version <= (SIGNED.get(event.type) || 0)) {
        const { signature, signatures, ...body } = event.body;
        const given = [signature, signatures].flat().filter(isObject);
        for (const { at, key, meaning, over_sha256, printed_name, sealed, signer } of given) {
          const act = canonical({ at, body, meaning, record_root: hex(await this.root()), signer });
          let fits = hex(await sha256(text.encode(act))) === over_sha256 && this.people.fits(signer, key);
          if (fits && (key || sealed)) {
            const found = await sealFits(key || "", sealed || "", over_sha256);
            if (found === null) this.unsigned = true;
            fits = found !== false;
          }
          if (!fits) this.loose.push(`${event.id} (${printed_name})`);
        }
      }
      const { record_root: stated, signature: by } = event.body;
      if (event.type === "disposition.decided" && stated && stated !== hex(await this.root())) {
        this.loose.push(`${event.id} (${isObject(by) ? by.printed_name : "nobody"})`);
      }
      if (!this.people.take(event, this.founder)) this.loose.push(`${event.id} (${event.body.person})`);
    }

    async grow(leaf) {
      let height = 0; let node = leaf;
      while (this.frontier.length && this.frontier.at(-1)[0] === height) {
        node = await nodeHash(this.frontier.pop()[1], node);
        height += 1;
      }
      this.frontier.push([height, node]);
      this.hashes.push(hex(leaf));
      this.size += 1;
    }

    async root() {
      let reached = this.frontier.at(-1)[1];
      for (const [, left] of this.frontier.slice(0, -1).reverse()) reached = await nodeHash(left, reached);
      return reached;
    }

    // C2SP signed note: origin, size and root, then a line for each signature.
    async against(note) {
      const gap = note.indexOf("\n\n");
      const body = note.slice(0, gap + 1);
      const [origin, size, root] = body.split("\n");
      if (origin !== `downmass/${this.campaign}`) refuse(`a checkpoint of ${origin}`);
      if (size !== String(this.size)) refuse(`a checkpoint over ${size} entries where ${this.size} stand`);
      if (!same(bytesOf(root, 32), await this.root())) refuse("a checkpoint over other entries: the root of the tree differs");
      const key = this.logKeys.filter(([at]) => at < this.size).at(-1)[1];
      if (key === null) return;
      const raw = new Uint8Array(await crypto.subtle.exportKey("raw", key));
      const identity = (await sha256(joined(text.encode(`${origin}\n`), [1], raw))).slice(0, 4);
      const lines = note.slice(gap + 2).split("\n").filter((line) => line.startsWith(`— ${origin} `));
      const own = lines.map((line) => bytesOf(line.split(" ")[2])).filter((found) => same(found.slice(0, 4), identity));
      if (!own.length) refuse("a checkpoint the log's writer did not sign");
      for (const found of own) {
        if (!await signed(key, found.slice(4), text.encode(body))) refuse("a checkpoint with a signature that is not the log's");
      }
    }
  }

  const closingOf = async (lines, bytes) => {
    const closing = parsed(decoded(lines.at(-1)));
    if (!holds(closing, "checkpoint", "sha256")) refuse("no checkpoint");
    const before = bytes.slice(0, bytes.length - lines.at(-1).length - 1);
    const stated = canonical({ checkpoint: closing.checkpoint });
    if (hex(await sha256(joined(before, text.encode(stated)))) !== closing.sha256) refuse("a digest that is not that of this record");
    return closing.checkpoint;
  };

  const part = async (name, work) => {
    try { return await work(); } catch (fault) {
      if (!(fault instanceof Damage)) throw fault;
      throw new Damage(`the ${name} is damaged: it has ${fault.message}`);
    }
  };

  const linesOf = (bytes) => {
    const lines = [];
    let start = 0;
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
      lines.push(bytes.subarray(start, end));
      start = end + 1;
    }
    return [...lines, bytes.subarray(start)];
  };

  const verify = async (bytes, progress) => {
    const lines = linesOf(bytes);
    const ended = lines.pop().length === 0;
    const header = await part("header", async () => {
      const found = parsed(decoded(lines[0] || new Uint8Array()));
      if (found.format !== "downmass-bundle") refuse("another format");
      if (found.version !== 1) refuse(`format version ${found.version}, which this page cannot read`);
      if (!Number.isSafeInteger(found.size) || !holds(found, "campaign", "format", "size", "version")) refuse("other fields");
      return found;
    });
    const log = new Log();
    while (log.size < header.size && 1 + log.size < lines.length - 1) {
      await log.add(lines[1 + log.size]);
      if (log.size % 50 === 0) progress(log.size, header.size);
    }
    if (log.size < header.size) refuse(`entry ${log.size} is missing: ${header.size} are announced`);
    await part("closing", async () => {
      if (!ended || lines.length !== header.size + 2) refuse("lines after or before it that do not belong");
      await log.against(await closingOf(lines, bytes));
    });
    if (log.campaign !== header.campaign) refuse("the header is damaged: it has another campaign");
    return log;
  };

  // The hashes printed in the story must be those of the record that was just checked.
  const shown = (log) => {
    for (const row of document.querySelectorAll("tr[data-entry]")) {
      const hash = row.querySelector(".hash").textContent.trim();
      const at = Number(row.dataset.entry);
      if (hash && !(log.hashes[at] || "").startsWith(hash)) refuse(`the story shows another hash for entry ${at}`);
    }
  };

  const say = (kind, words, detail) => {
    const line = document.getElementById("live-verdict");
    line.textContent = words;
    line.dataset.verdict = kind;
    line.parentElement.classList.remove("good", "bad");
    if (kind === "verified") line.parentElement.classList.add("good");
    if (kind === "damaged" || kind === "loose") line.parentElement.classList.add("bad");
    document.getElementById("live-detail").textContent = detail || words;
  };

  const run = async () => {
    try {
      const element = document.getElementById("bundle");
      const bytes = await part("record", async () => bytesOf(element.textContent.replace(/[\r\n]/g, "")));
      if (bytes.length !== Number(element.dataset.bytes)) refuse(`the record is torn: ${bytes.length} of ${element.dataset.bytes} bytes`);
      const log = await verify(bytes, (done, all) => say("working", `Checking entry ${done} of ${all} …`));
      shown(log);
      const root = hex(await log.root());
      const left = "For the rules of each field: downmass verify.";
      if (log.loose.length) {
        say("loose", `This browser finds signatures of persons that are not over the content and the record they stand under, or by no key in force: ${log.loose.join(", ")}.`, `loose signatures, root ${root}`);
      } else if (log.unsigned) {
        say("partial", `This browser verified the hashes, chains and tree of ${log.size} entries; it offers no Ed25519, so the writers' signatures are left to downmass verify, as are the rules of each field.`, `hashes only, root ${root}`);
      } else {
        say("verified", `This browser verified ${log.size} entries just now: every hash, chain and signature, and the root of the tree. ${left}`, `verified ${log.size} entries, root ${root}`);
      }
    } catch (fault) {
      if (fault instanceof Damage) say("damaged", `This browser finds damage: ${fault.message}.`);
      else say("unchecked", `This browser cannot check the record (${fault.message}); use downmass verify.`);
    }
  };
  run();
})();
