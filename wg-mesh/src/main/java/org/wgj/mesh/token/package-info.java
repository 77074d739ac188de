// SPDX-License-Identifier: Apache-2.0
/**
 * The token with which a node joins a mesh, as a value and as text. Who may use it and how often is
 * the coordinator's business.
 */
package org.wgj.mesh.token;
