// SPDX-License-Identifier: Apache-2.0
/**
 * The requests of administrators to a coordinator, as routes of its API, and both ways to them:
 * over the coordinator's socket, or in this process when no coordinator runs.
 */
package org.wgj.coordinator.admin;
