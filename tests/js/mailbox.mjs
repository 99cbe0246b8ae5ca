// A real SMTP server for the tests: listens on the port it is given, or on a free one, and says
// what happens on stdout, one JSON object per line: first its port, then each letter it takes.

import { simpleParser } from "mailparser";
import { SMTPServer } from "smtp-server";

const tell = (news) => process.stdout.write(`${JSON.stringify(news)}\n`);

const server = new SMTPServer({
  authOptional: true,
  disabledCommands: ["STARTTLS"],
  logger: false,
  async onData(stream, session, done) {
    const letter = await simpleParser(stream);
    tell({
      from: session.envelope.mailFrom.address,
      to: session.envelope.rcptTo.map((reader) => reader.address),
      subject: letter.subject,
      text: letter.text,
      html: letter.html,
      headers: Object.fromEntries(
        letter.headerLines.map(({ key, line }) => [key, line.slice(line.indexOf(":") + 1).trim()]),
      ),
    });
    done();
  },
});

server.on("error", (error) => tell({ broken: error.message }));
server.listen(Number(process.argv[2] ?? 0), "127.0.0.1", () => {
  tell({ port: server.server.address().port });
});
// Whoever started it has gone.
process.stdin.on("end", () => process.exit(0)).resume();
