import { formatPath, type Path } from '../../domain/definition/fault.js';
import { AlmanacError } from '../../domain/errors.js';
import { type RegisteredWorkflow, workflowRegistry } from '../../domain/workflow-registry.js';

/**
 * Input of a registered workflow with its defaults filled in.
 * @param base where the action stands in what the caller sent, for the messages; empty when the input is the body's own.
 * @throws AlmanacError invalid-input when the workflow is not registered or its schema refuses the input.
 */
export function parseWorkflowInput(name: string, input: unknown, base: Path): unknown {
  const registered = registeredWorkflow(name);
  if (registered === undefined) {
    const message = `not a registered workflow; there are: ${Object.keys(workflowRegistry).join(', ')}`;
    throw new AlmanacError('invalid-input', `the workflow ${name} is not registered`, {
      details: [{ path: formatPath([...base, 'workflow']), message, value: name }],
    });
  }
  const parsed = registered.input.safeParse(input ?? {});
  if (parsed.success) return parsed.data;
  throw new AlmanacError('invalid-input', `the input of the workflow ${name} is not valid`, {
    details: parsed.error.issues.map((issue) => ({
      path: formatPath([
        ...base,
        'input',
        ...issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part)),
      ]),
      message: issue.message,
    })),
  });
}

export function registeredWorkflow(name: string): RegisteredWorkflow | undefined {
  return Object.hasOwn(workflowRegistry, name) ? workflowRegistry[name as keyof typeof workflowRegistry] : undefined;
}
