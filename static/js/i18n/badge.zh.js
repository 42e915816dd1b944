// Words of who is signed in, in Chinese.
export default {
  'who.menu': '{name}：账号与退出',
  'who.hint': '账号与退出',
  'who.account': '账号',
  'who.keys': 'API 密钥',
  'who.people': '成员',
  'who.out': '退出登录',
};
