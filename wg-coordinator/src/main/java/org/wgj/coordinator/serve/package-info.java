// SPDX-License-Identifier: Apache-2.0
/**
 * The running coordinator: its tunnel with the members as peers, enrolment, the stream of maps,
 * what it observes of the members, and the routes for members and administrators. The rules of the
 * mesh belong to the registry.
 */
package org.wgj.coordinator.serve;
