// The certified OpenID provider (npm oidc-provider) with an API behind it, on a free port of loopback.
//
// Its one argument is JSON: `redirect_uris`, `access_token_seconds`, `rotate`, `interactive`. It prints its issuer in a
// line and ends with its standard input. Without `interactive` everybody consents at once, as `login_hint` says;
// `nobody` refuses. `/stats` counts what was granted, `/api/me` is the API.

import http from 'node:http';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const modules = createRequire(`${process.env.MODULES}/`);
const { default: Provider } = await import(pathToFileURL(modules.resolve('oidc-provider')));
const options = JSON.parse(process.argv[2]);

const methods = {
  post: 'client_secret_post',
  basic: 'client_secret_basic',
  public: 'none',
};
const clients = Object.entries(methods).map(([name, method]) => ({
  client_id: `composio-${name}`,
  ...(method === 'none' ? {} : { client_secret: `secret of ${name}: +/%&` }),
  redirect_uris: options.redirect_uris,
  grant_types: ['authorization_code', 'refresh_token', ...(method === 'none' ? [] : ['client_credentials'])],
  token_endpoint_auth_method: method,
}));
const seconds = options.access_token_seconds ?? 3600;
const configuration = {
  clients,
  clockTolerance: 0,
  pkce: { required: () => true },
  scopes: ['openid', 'offline_access', 'read', 'write'],
  ttl: {
    AccessToken: seconds, ClientCredentials: seconds, AuthorizationCode: 60, Grant: 86400, IdToken: 3600,
    Interaction: 600, RefreshToken: 86400, Session: 86400,
  },
  rotateRefreshToken: options.rotate ?? true,
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, email: `${id}@example.com` }) }),
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: options.interactive ?? false },
    introspection: { enabled: true },
    registration: { enabled: true },
    resourceIndicators: { enabled: false },
    revocation: { enabled: true },
  },
  cookies: { keys: ['only for tests'] },
};

const stats = { granted: {}, refused: {}, revoked: 0 };
const count = (table, name) => { table[name] = (table[name] ?? 0) + 1; };

// Logs in and consents without a person.
async function interact(provider, request, response) {
  const details = await provider.interactionDetails(request, response);
  const { prompt, params, session, grantId } = details;
  const account = params.login_hint ?? 'alice';
  if (account === 'nobody') {
    const refusal = { error: 'access_denied', error_description: 'End-User aborted interaction' };
    return provider.interactionFinished(request, response, refusal, { mergeWithLastSubmission: false });
  }
  if (prompt.name === 'login') {
    const result = { login: { accountId: account } };
    return provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
  }
  const known = grantId ? await provider.Grant.find(grantId) : undefined;
  const grant = known ?? new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  grant.addOIDCScope((prompt.details.missingOIDCScope ?? []).join(' '));
  const result = { consent: { grantId: await grant.save() } };
  return provider.interactionFinished(request, response, result, { mergeWithLastSubmission: true });
}

function json(response, status, body) {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

async function api(provider, request, response) {
  const value = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
  const token = value && (await provider.AccessToken.find(value) ?? await provider.ClientCredentials.find(value));
  if (!token || token.isExpired) return json(response, 401, { error: 'invalid_token' });
  return json(response, 200, { sub: token.accountId ?? token.clientId, scope: token.scope ?? null });
}

let provider;
let callback;
const server = http.createServer((request, response) => {
  const { pathname } = new URL(request.url, 'http://host');
  let answer;
  if (pathname === '/stats') answer = json(response, 200, stats);
  else if (pathname.startsWith('/api/')) answer = api(provider, request, response);
  else if (!options.interactive && pathname.startsWith('/interaction/')) answer = interact(provider, request, response);
  else answer = callback(request, response);
  Promise.resolve(answer).catch((error) => json(response, 500, { error: `${error}` }));
});
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  provider = new Provider(issuer, configuration);
  callback = provider.callback();
  provider.on('grant.success', (context) => count(stats.granted, context.oidc.params.grant_type));
  provider.on('grant.error', (_, error) => count(stats.refused, error.error));
  provider.on('grant.revoked', () => { stats.revoked += 1; });
  console.log(issuer);
});
// Whoever started it may die without a word.
process.stdin.on('end', () => process.exit(0)).resume();
