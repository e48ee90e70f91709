import { authFields } from './auth-fields.ts'

/**
 * What the Docker set-up of a self-hosted stack calls its settings that are no secrets (docker/.env.example of 2026-06, and the
 * variables of its services): where it is reached, what it is called, whom it writes as.
 */
const stackNames = new Set(
  `
  ADDITIONAL_REDIRECT_URLS API_EXTERNAL_URL CERTBOT_EMAIL DASHBOARD_USERNAME DOCKER_SOCKET_LOCATION FUNCTIONS_VERIFY_JWT
  GLOBAL_S3_BUCKET GLOBAL_S3_ENDPOINT GOOGLE_PROJECT_ID GOOGLE_PROJECT_NUMBER JWT_AUD JWT_ADMIN_ROLES JWT_DEFAULT_GROUP_NAME
  JWT_EXPIRY KONG_HTTP_PORT KONG_HTTPS_PORT MINIO_ROOT_USER POOLER_DEFAULT_POOL_SIZE POOLER_MAX_CLIENT_CONN POOLER_POOL_MODE
  POOLER_TENANT_ID POSTGRES_DB POSTGRES_HOST POSTGRES_PORT POSTGRES_USER PROXY_DOMAIN REGION SITE_URL SMS_MAX_FREQUENCY
  SMTP_ADMIN_EMAIL SMTP_HOST SMTP_PORT SMTP_SENDER_NAME SMTP_USER STORAGE_BACKEND STORAGE_S3_BUCKET STORAGE_S3_ENDPOINT
  STORAGE_S3_REGION STORAGE_TENANT_ID STUDIO_DEFAULT_ORGANIZATION STUDIO_DEFAULT_PROJECT SUPABASE_PUBLIC_URL
  LOG_LEVEL TZ TIMEZONE COMPOSE_PROJECT_NAME COMPOSE_PROFILES COMPOSE_FILE
  `.match(/\S+/g),
)

/** The same of whole groups: paths of mails, and what PostgREST and imgproxy are told. */
const stackGroups =
  /^(MAILER_((URLPATHS|SUBJECTS|TEMPLATES)_\w+|EXTERNAL_HOSTS)|(EXTERNAL_)?[A-Z0-9]+_REDIRECT_URI|POOLER_PROXY_PORT_\w+|PGRST_(DB_SCHEMAS|DB_EXTRA_SEARCH_PATH|DB_ANON_ROLE|DB_MAX_ROWS|OPENAPI_\w+)|IMGPROXY_(BIND|ENABLE_\w+)|MFA_\w+)$/

const authNames = new Set(authFields)

/** Providers of sign-in stand in an .env with or without what the auth service puts before them: GOOGLE_CLIENT_ID. */
const prefixes = ['', 'external_']

/** Whether a variable is one that a stack's settings are known by, and none of its secrets by its name. */
export function isStackSetting(name: string): boolean {
  const setting = name.replace(/^GOTRUE_/, '')
  if (stackNames.has(setting) || stackGroups.test(setting)) return true
  return prefixes.some((prefix) => authNames.has(`${prefix}${setting.toLowerCase()}`))
}

const switchValue = /^(true|false|on|off|yes|no|enabled?|disabled?)$/i
const measureName =
  /(^|_)(PORT|SIZE|LIMIT|TIMEOUT|TIMEBOX|INTERVAL|FREQUENCY|EXP|EXPIRY|TTL|LENGTH|MIN|MAX|COUNT|ROWS|CONN|CONNECTIONS|SECONDS|SECS?|MS|MINUTES|HOURS|DAYS|RETRIES|WORKERS|FACTORS|(RATE_LIMIT_\w+))$/
const measure = /^\d{1,12}(\.\d+)?\s?([a-z]{1,7}|%)?$/i

/** Whether a value says nothing that could be kept from anybody, under a name that nobody here knows: a switch, or a measure. */
export function isPlainSetting(name: string, value: string): boolean {
  return value === '' || switchValue.test(value) || (measureName.test(name) && measure.test(value))
}
