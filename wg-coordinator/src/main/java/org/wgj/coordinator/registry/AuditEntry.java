// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.registry;

import java.time.Instant;

/**
 * One line of the audit.
 *
 * @param seq counts from 1
 * @param at when, in milliseconds
 * @param actor who: {@code admin}, {@code node:7}, {@code token:3 203.0.113.9:4711}, {@code
 *     coordinator}
 * @param verb what was done, such as {@code join}
 * @param object to what, such as {@code node:7}
 * @param before what it was, or empty
 * @param after what it became, or empty
 * @param hash SHA-256 in hexadecimal over this entry and the hash of the one before
 */
public record AuditEntry(
        long seq,
        Instant at,
        String actor,
        String verb,
        String object,
        String before,
        String after,
        String hash) {}
