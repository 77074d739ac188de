// SPDX-License-Identifier: Apache-2.0
/**
 * What administrators ask of a coordinator, as routes of its API, and both ways to them: over the
 * coordinator's socket, or in this process when no coordinator runs.
 */
package org.wgj.coordinator.admin;
