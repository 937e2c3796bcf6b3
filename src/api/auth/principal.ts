export const roles = ['viewer', 'operator', 'admin'] as const;
/**
 * viewer reads; operator also does what running schedules need (pause, trigger, cancel, terminate); admin also changes
 * what exists (create, replace, delete).
 */
export type Role = (typeof roles)[number];

/** Who calls: the name of an API key or the subject of a token. */
export interface Principal {
  name: string;
  role: Role;
}

export function isRole(text: unknown): text is Role {
  return roles.includes(text as Role);
}

export function hasRole(principal: Principal, needed: Role): boolean {
  return roles.indexOf(principal.role) >= roles.indexOf(needed);
}
