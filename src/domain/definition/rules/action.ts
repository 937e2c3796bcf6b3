import { memoKeys, searchAttributes } from '../../temporal-names.js';
import { type Fault, field, isRecord } from '../fault.js';
import { checkNoExpressions } from '../references.js';
import { checkWorkflowInput, type Workflows } from './workflow-input.js';

const systemAttribute = /^(?:Temporal|Almanac)/;

/** Whether an action is of one kind, and what its schema cannot see: registered workflows, names that are taken, expressions. */
export function checkAction(definition: unknown, workflows: Workflows): Fault[] {
  const action = field(definition, 'action');
  if (!isRecord(action)) return [];
  const faults: Fault[] = [];
  if (action.steps !== undefined && action.workflow !== undefined) {
    const message = 'has both steps and workflow: keep one; a workflow can also be a step (uses workflow)';
    faults.push({ path: ['action', 'workflow'], message, value: action.workflow, atKey: true });
  }
  if (action.steps === undefined && action.workflow === undefined) {
    faults.push({
      path: ['action'],
      message: 'needs either steps or the name of a registered workflow',
      value: action,
    });
  }
  if (action.workflow !== undefined && action.external !== undefined) {
    faults.push(...severalInputs(action));
  } else if (action.workflow !== undefined && action.steps === undefined) {
    const input = ['action', 'input'];
    faults.push(...checkWorkflowInput(action.workflow, ['action', 'workflow'], action.input, input, workflows));
    faults.push(...checkNoExpressions(action.input, input, 'give plain values, or use a step that uses workflow'));
  } else {
    const why = 'it is the default of $input; put the expression into the step that needs it';
    faults.push(...checkNoExpressions(action.input, ['action', 'input'], why));
  }
  for (const key of ['memo', 'searchAttributes', 'taskQueue']) {
    faults.push(
      ...checkNoExpressions(action[key], ['action', key], `${key} is set before the run starts; give plain values`),
    );
  }
  return [...faults, ...reservedNames(action)];
}

/** What another application's workflow takes is its own affair, but for saying it twice. */
function severalInputs(action: Record<string, unknown>): Fault[] {
  const given = field(action.external, 'arguments');
  if (action.input === undefined || given === undefined) return [];
  const message = 'stands beside input: write a single argument as input, several as arguments';
  return [{ path: ['action', 'external', 'arguments'], message, value: given, atKey: true }];
}

function reservedNames(action: Record<string, unknown>): Fault[] {
  const memo = Object.keys(isRecord(action.memo) ? action.memo : {})
    .filter((key) => Object.values<string>(memoKeys).includes(key))
    .map((key) => ({ path: ['action', 'memo', key], message: 'this memo key is set by Almanac', atKey: true }));
  const attributes = Object.keys(isRecord(action.searchAttributes) ? action.searchAttributes : {})
    .filter((name) => Object.hasOwn(searchAttributes, name) || systemAttribute.test(name))
    .map((name) => ({
      path: ['action', 'searchAttributes', name],
      message: 'this search attribute is set by Almanac or Temporal; choose a name without that beginning',
      atKey: true,
    }));
  return [...memo, ...attributes];
}
