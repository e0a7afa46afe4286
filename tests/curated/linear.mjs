// Judges GraphQL requests by the types that Linear's own client publishes: the file of declarations, then the file of
// requests. Prints, for each request, the list of what is wrong with it.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';

const require = createRequire(`${process.env.MODULES}/`);
const { buildASTSchema, parse, validate } = require('graphql');
const { getVariableValues: variablesOf } = require('graphql/execution/values');

const [declarations, requests] = process.argv.slice(2);
const lines = readFileSync(declarations, 'utf8').split('\n');

// `Maybe<Array<X>>` and the like to `[X!]`.
const typeOf = (text) => {
  const nullable = /^(?:Input)?Maybe<(.*)>$/.exec(text);
  const inner = nullable ? nullable[1] : text;
  const list = /^Array<(.*)>$/.exec(inner);
  const scalar = /^Scalars\["(\w+)"\](?:\["\w+"\])?$/.exec(inner);
  const name = list ? `[${typeOf(list[1])}]` : scalar ? scalar[1] : inner.replace(/^\w+\./, '');
  return /^[\w[\]!]+$/.test(name) ? name + (nullable ? '' : '!') : undefined;
};

const objects = new Map();
const enums = new Map();
const unions = new Map();
for (let at = 0; at < lines.length; at += 1) {
  const union = /^(?:export )?(?:declare )?type (\w+) = ((?:\w+ \| )+\w+);$/.exec(lines[at]);
  if (union) unions.set(union[1], union[2].split(' | '));
  const choices = /^(?:export )?declare enum (\w+) \{$/.exec(lines[at]);
  const object = /^(?:export )?(?:declare )?type (\w+) = (?:\w+ & )*\{$/.exec(lines[at]);
  if (!choices && !object) continue;
  const members = new Map();
  for (at += 1; at < lines.length && !/^\}/.test(lines[at]); at += 1) {
    const member = /^ {2}(\w+)(\??)(?:: (.*);| = "(.*)",?)$/.exec(lines[at]);
    if (!member || member[1] === '__typename') continue;
    if (choices) members.set(member[4] ?? member[1], true);
    else {
      const type = typeOf(member[3]);
      if (type) members.set(member[1], type);
    }
  }
  if (choices) enums.set(choices[1], members);
  else if (!objects.has(object[1])) objects.set(object[1], members);
}

const standard = new Set(['ID', 'String', 'Int', 'Float', 'Boolean']);
const bare = (type) => type.replace(/[[\]!]/g, '');
const upper = (name) => name[0].toUpperCase() + name.slice(1);
const argumentsOf = (owner, field) => objects.get(`${owner}${upper(field)}Args`) ?? new Map();
const sdl = [];
const seen = new Set();
const need = [['Query', false], ['Mutation', false]];
const put = (type, isInput) => { need.push([bare(type), isInput]); return type; };
while (need.length > 0) {
  const [name, isInput] = need.pop();
  if (seen.has(name) || standard.has(name)) continue;
  seen.add(name);
  if (enums.has(name)) {
    sdl.push(`enum ${name} { ${[...enums.get(name).keys()].join(' ')} }`);
  } else if (objects.has(name)) {
    const fields = [...objects.get(name)].map(([field, type]) => {
      const given = isInput ? [] : [...argumentsOf(name, field)];
      const list = given.map(([own, kind]) => `${own}: ${put(kind, true)}`).join(', ');
      return `${field}${list ? `(${list})` : ''}: ${put(type, isInput)}`;
    });
    sdl.push(`${isInput ? 'input' : 'type'} ${name} { ${fields.join(' ')} }`);
  } else if (unions.has(name)) {
    sdl.push(`union ${name} = ${unions.get(name).map((one) => put(one, false)).join(' | ')}`);
  } else {
    sdl.push(`scalar ${name}`);
  }
}
const schema = buildASTSchema(parse(sdl.join('\n')), { assumeValid: true });

const verdict = ({ query, variables }) => {
  let document;
  try {
    document = parse(query);
  } catch (error) {
    return [error.message];
  }
  const faults = validate(schema, document).map((error) => error.message);
  if (faults.length > 0) return faults;
  const [operation] = document.definitions;
  const known = new Set(operation.variableDefinitions.map((one) => one.variable.name.value));
  const unknown = Object.keys(variables ?? {}).filter((name) => !known.has(name));
  const { errors } = variablesOf(schema, operation.variableDefinitions, variables ?? {});
  return [...unknown.map((name) => `unknown variable ${name}`), ...(errors ?? []).map((error) => error.message)];
};
console.log(JSON.stringify({ types: seen.size, verdicts: JSON.parse(readFileSync(requests, 'utf8')).map(verdict) }));
