// The calls about accounts.
import { call } from '../api.js';

const id = encodeURIComponent;

export const me = () => call('GET', '/me');
export const changeMe = (change) => call('PATCH', '/me', change);
export const login = (name, password) => call('POST', '/login', { name, password });
export const logout = () => call('POST', '/logout');
export const lookAtLink = (token) => call('POST', '/welcome/look', { token });
export const useLink = (answer) => call('POST', '/welcome', answer);
export const logins = () => call('GET', '/logins');
export const endLogin = (login) => call('DELETE', `/logins/${id(login)}`);
export const keys = () => call('GET', '/keys');
export const makeKey = (key) => call('POST', '/keys', key);
export const revokeKey = (key) => call('DELETE', `/keys/${id(key)}`);
export const users = () => call('GET', '/users');
export const changeUser = (user, change) => call('PATCH', `/users/${id(user)}`, change);
export const removeUser = (user) => call('DELETE', `/users/${id(user)}`);
export const resetUser = (user) => call('POST', `/users/${id(user)}/reset`);
export const invites = () => call('GET', '/invites');
export const invite = (role) => call('POST', '/invites', { role });
export const withdrawInvite = (invite) => call('DELETE', `/invites/${id(invite)}`);
export const audit = (before, limit) => call('GET', `/audit?${new URLSearchParams({ limit, ...(before && { before }) })}`);
