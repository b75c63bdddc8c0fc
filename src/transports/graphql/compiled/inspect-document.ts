import {
  type DocumentNode,
  GraphQLIncludeDirective,
  GraphQLSkipDirective,
  Kind,
  visit,
} from 'graphql';

const conditional = new Set([GraphQLIncludeDirective.name, GraphQLSkipDirective.name]);

/** Names of the variables that decide what is selected: those of `@skip` and `@include`. */
export function conditionVariables(document: DocumentNode): string[] {
  const names = new Set<string>();
  visit(document, {
    Directive: ({ name, arguments: args = [] }) => {
      if (!conditional.has(name.value)) return;
      for (const { value } of args) {
        if (value.kind === Kind.VARIABLE) names.add(value.name.value);
      }
    },
  });
  return [...names];
}

/** True where a response key is one that a plain object does not hold as a key of its own. */
export function hasOddKey(document: DocumentNode): boolean {
  let isOdd = false;
  visit(document, {
    Field: ({ alias, name }) => {
      if ((alias ?? name).value === '__proto__') isOdd = true;
    },
  });
  return isOdd;
}
