// The least that Node can do: reads a request's JSON, and answers with the same bytes each time.
// Usage: node bare.mjs PORT FILE
import fs from 'node:fs';
import http from 'node:http';

const answer = fs.readFileSync(process.argv[3]);
http.createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    JSON.parse(Buffer.concat(chunks));
    response.writeHead(200, {'Content-Type': 'application/json', 'Content-Length': answer.length});
    response.end(answer);
  });
}).listen(Number(process.argv[2]), '127.0.0.1');
