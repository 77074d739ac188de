// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.registry;

import org.wgj.mesh.token.JoinToken;

/**
 * A token that was just made.
 *
 * @param info what the store keeps
 * @param token the secret, which exists nowhere else; wipe it after use
 */
public record IssuedToken(TokenInfo info, JoinToken token) {}
